/* A program of somebody else: built with pkg-config against the installed library, header by header
 * alone. */
#include <telltale/telltale.h>

#include <stdio.h>

static enum tt_err count(void *context, const char *text, size_t len)
{
    (void)text;
    *(size_t *)context += len;
    return TT_OK;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const char *captures[] = {argv[1]};
    struct tt_test_config config = {.captures = captures, .capture_count = 1, .subject = argv[2]};
    struct tt_error error = {TT_OK, ""};
    struct tt_case *c = NULL;
    enum tt_outcome outcome = TT_OUTCOME_HOLDS;
    size_t written = 0;
    struct tt_output output = {.write = count, .context = &written};
    if (tt_test(&config, &c, &error) != TT_OK || tt_case_outcome(c, &outcome, &error) != TT_OK ||
        tt_report(c, "json", &output, &error) != TT_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    tt_case_close(c);
    (void)printf("libtelltale %s: outcome %d, %zu bytes of JSON lines\n", tt_version(),
                 (int)outcome, written);
    return outcome == TT_OUTCOME_VIOLATED && written > 1000 ? 0 : 1;
}
