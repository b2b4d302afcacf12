#include "content/content.h"

#include "base/compiler.h"
#include "content/base64.h"
#include "content/base85.h"
#include "content/binary.h"
#include "content/blocks.h"
#include "content/bond.h"
#include "content/bplist.h"
#include "content/brotli.h"
#include "content/bson.h"
#include "content/cbor.h"
#include "content/dns_message.h"
#include "content/event_stream.h"
#include "content/form.h"
#include "content/http_head.h"
#include "content/inflate.h"
#include "content/json.h"
#include "content/lz4.h"
#include "content/mail.h"
#include "content/msgpack.h"
#include "content/multipart.h"
#include "content/netbios.h"
#include "content/percent.h"
#include "content/picture.h"
#include "content/prefixed.h"
#include "content/protobuf.h"
#include "content/quoted.h"
#include "content/tar.h"
#include "content/thrift.h"
#include "content/vcard.h"
#include "content/xml.h"
#include "content/xored.h"
#include "content/zip.h"
#include "content/zstd.h"

/* What is surest comes first; what is only declared believes its first bytes, not the header. */
static const struct tt_decoder *const decoders[] = {
    &tt_decoder_http_head, /* named outright by the protocol */
    &tt_decoder_netbios,   /* likewise, and its length and every letter fit */
    &tt_decoder_gzip,      /* magic of 27 bits: whatever is declared, this is what it is */
    &tt_decoder_zstd,      /* magic of 32 bits */
    &tt_decoder_lz4,       /* likewise */
    &tt_decoder_zip,       /* likewise */
    &tt_decoder_tar,       /* a checksum over its first 512 bytes */
    &tt_decoder_bplist,    /* magic of 64 bits */
    &tt_decoder_jpeg,      /* magic of 24 bits and a marker */
    &tt_decoder_heif,      /* magic of 64 bits */
    &tt_decoder_zlib,      /* a weak magic, made sure by a trial; before bare deflate, which senders
                              of a declared "deflate" mean less often */
    &tt_decoder_deflate,   /* declared, and a trial does not refute it; or a trial gives text */
    &tt_decoder_brotli,    /* likewise */
    &tt_decoder_base64,    /* declared, and every byte fits */
    &tt_decoder_quoted,    /* declared, or escapes in a row; and it is text */
    &tt_decoder_mail,      /* declared, and it begins with a field */
    &tt_decoder_multipart, /* a boundary in the type or in the first line; its first line is no
                              other format's */
    &tt_decoder_event_stream, /* by the type, and a line of its kind */
    &tt_decoder_json,         /* by content: libraries declare their JSON as a form */
    &tt_decoder_base85, /* its first groups give text; before XML, since it may begin with "<~" */
    &tt_decoder_xml,    /* begins with "<", as nothing behind it does */
    &tt_decoder_vcard,  /* a fixed first line, or by the type */
    /* by the type; or strictly a query, out of a coding */
    &tt_decoder_dns_message,
    &tt_decoder_bson,     /* binary formats: all is in order in the first bytes, and more of it than
                             luck brings; a length that fits */
    &tt_decoder_cbor,     /* names and texts between their heads */
    &tt_decoder_msgpack,  /* likewise */
    &tt_decoder_grpc,     /* before what it frames */
    &tt_decoder_protobuf, /* the most frequent one that has no start of its own */
    &tt_decoder_thrift,   /* an envelope, or such fields */
    &tt_decoder_bond_v1,  /* a header, or such fields */
    &tt_decoder_bond_v2,  /* likewise; its lengths are nested */
    &tt_decoder_blocks,   /* nothing but lengths: the least sure of them */
    &tt_decoder_prefixed, /* a magic number within the first bytes; behind all formats that know
                             what stands in front of it */
    &tt_decoder_form,     /* by the type, or strictly pairs; before percent, because the values of
                             a form are escaped one by one */
    &tt_decoder_percent,  /* escapes everywhere, and nothing that an encoder leaves raw */
    &tt_decoder_xored,    /* what it looks like under a key: only where it is nothing else */
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
    bool asks_all = body->media_type != NULL || tt_binary_may_show(head);
    for (size_t i = 0; i < TT_ARRAY_LEN(decoders); i++)
        if ((asks_all || !decoders[i]->by_evidence) && decoders[i]->claims(body, head, whole))
            return decoders[i];
    return NULL;
}
