/* The search: what is found in a stream does not depend on how it is cut, nor on whether one scan
 * goes on where another one stopped. The first byte chooses the cut, the rest is the stream. */
#include "base/buf.h"
#include "identify/matcher.h"
#include "identify/sheet.h"

#include <stdlib.h>

static const char sheet_text[] =
    "identifiers:\n"
    "  imei: 358240051111110\n"
    "  phone_number: \"+91 98123 45678\"\n"
    "  mac_address: 00:00:5e:00:53:01\n"
    "  username: mirko\n"
    "  password: xQ7xQ7xQ7xQ7\n"
    "  location: {latitude: 28.613935, longitude: 77.2090}\n"
    "contacts:\n"
    "- {name: Asha Rao, phone_number: \"+358 40 123 4567\", email: asha@example.org}\n"
    "- {name: Aa aa, phone_number: \"+358 40 123 4567\"}\n";

static void on_match(void *context, const struct tt_match *match)
{
    struct tt_buf *out = context;
    if (tt_buf_printf(out, "%p %llu %zu;", (const void *)match->form, (unsigned long long)match->at,
                      match->len) != TT_OK)
        abort();
}

/* The scan forgets the stream, and goes on with what was kept of it. */
static void stop_and_go_on(struct tt_scan *scan)
{
    size_t len = tt_scan_keep(scan, NULL);
    uint8_t *kept = malloc(len);
    if (kept == NULL || tt_scan_keep(scan, kept) != len || tt_scan_drop(scan) != TT_OK ||
        tt_scan_go_on(scan, tt_span_of(kept, len)) != TT_OK)
        abort();
    free(kept);
}

static void run(struct tt_scan *scan, struct tt_span stream, size_t piece, bool stops,
                struct tt_buf *out)
{
    while (stream.len > 0) {
        struct tt_span part = tt_span_sub(stream, 0, piece);
        if (tt_scan_feed(scan, part, on_match, out) != TT_OK)
            abort();
        if (stops)
            stop_and_go_on(scan);
        stream = tt_span_from(stream, part.len);
    }
    if (tt_scan_end(scan, on_match, out) != TT_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tt_sheet *sheet;
    static struct tt_matcher *matcher;
    static struct tt_scan *scan;
    if (scan == NULL) {
        if (tt_sheet_parse(tt_span_str(sheet_text), "s", &sheet, NULL) != TT_OK ||
            tt_matcher_new(tt_sheet_subject(sheet), &matcher, NULL) != TT_OK)
            abort();
        scan = tt_scan_new(matcher);
        if (scan == NULL)
            abort();
    }
    if (size < 2)
        return 0;
    struct tt_span stream = tt_span_of(data + 1, size - 1);
    struct tt_buf whole = tt_buf_make(16777216);
    struct tt_buf cut = tt_buf_make(16777216);
    run(scan, stream, SIZE_MAX, false, &whole);
    for (int stops = 0; stops < 2; stops++) {
        tt_buf_clear(&cut);
        run(scan, stream, (size_t)data[0] % 64 + 1, stops != 0, &cut);
        if (!tt_span_eq(tt_buf_span(&whole), tt_buf_span(&cut)))
            abort();
    }
    tt_buf_free(&whole);
    tt_buf_free(&cut);
    return 0;
}
