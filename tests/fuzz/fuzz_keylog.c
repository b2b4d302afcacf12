/* Key logs in any cut: the same comes out as from the whole, and no line is lost. The first byte of
 * the input is the distance of the cuts. */
#include "decrypt/keylog.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

static struct tt_keylog_counts read_cut(struct tt_span text, size_t cut, size_t *ret_count)
{
    struct tt_keys *keys = NULL;
    must(tt_keys_new(&keys) == TT_OK);
    struct tt_keylog *log = tt_keylog_new(keys, TT_KEY_FROM_KEYLOG);
    must(log != NULL);
    for (size_t at = 0; at < text.len; at += cut)
        must(tt_keylog_feed(log, tt_span_sub(text, at, cut)) == TT_OK);
    must(tt_keylog_end(log) == TT_OK);
    struct tt_keylog_counts counts = tt_keylog_counts(log);
    *ret_count = tt_keys_count(keys);
    tt_keylog_free(log);
    tt_keys_free(keys);
    return counts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct tt_span text = tt_span_of(data + 1, size - 1);
    size_t whole_count = 0;
    size_t cut_count = 0;
    struct tt_keylog_counts whole = read_cut(text, text.len + 1, &whole_count);
    struct tt_keylog_counts cut = read_cut(text, (size_t)data[0] + 1, &cut_count);
    must(whole.lines == whole.taken + whole.unneeded + whole.bad);
    must(whole.lines == cut.lines && whole.taken == cut.taken && whole.bad == cut.bad);
    must(whole.first_bad == cut.first_bad && whole.refused == 0);
    must(whole_count == cut_count && whole_count <= whole.taken);
    return 0;
}
