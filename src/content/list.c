#include "content/content.h"

#include "base/compiler.h"
#include "content/base64.h"
#include "content/brotli.h"
#include "content/form.h"
#include "content/http_head.h"
#include "content/inflate.h"
#include "content/json.h"
#include "content/multipart.h"
#include "content/percent.h"
#include "content/quoted.h"
#include "content/zstd.h"

/* What is surest comes first; what is only declared believes its first bytes, not the header. */
static const struct tt_decoder *const decoders[] = {
    &tt_decoder_http_head, /* named outright by the protocol */
    &tt_decoder_gzip,      /* magic of 27 bits: whatever is declared, this is what it is */
    &tt_decoder_zstd,      /* magic of 32 bits */
    &tt_decoder_zlib,      /* a weak magic, made sure by a trial; before bare deflate, which senders
                              of a declared "deflate" mean less often */
    &tt_decoder_deflate,   /* declared, and a trial does not refute it */
    &tt_decoder_brotli,    /* likewise */
    &tt_decoder_base64,    /* declared, and every byte fits */
    &tt_decoder_quoted,    /* declared, and it is text */
    &tt_decoder_multipart, /* a boundary in the type or in the first line; its first line is no
                              other format's */
    &tt_decoder_json,      /* by content: libraries declare their JSON as a form */
    &tt_decoder_form,      /* by the type, or strictly pairs; before percent, because the values of
                              a form are escaped one by one */
    &tt_decoder_percent,   /* escapes everywhere, and nothing that an encoder leaves raw */
};

const struct tt_decoder *tt_decoder_at(size_t at)
{
    return at < TT_ARRAY_LEN(decoders) ? decoders[at] : NULL;
}

const struct tt_decoder *tt_decoder_pick(const struct tt_body *body, struct tt_span head,
                                         bool whole)
{
    if (head.len == 0 || body->format == TT_FORMAT_OPAQUE || body->format == TT_FORMAT_REST)
        return NULL;
    for (size_t i = 0; i < TT_ARRAY_LEN(decoders); i++)
        if (decoders[i]->claims(body, head, whole))
            return decoders[i];
    return NULL;
}
