#include "run/compare.h"

#include "report/comparison.h"
#include "store/case.h"

static enum tt_err check_format(const char *format, struct tt_error *error)
{
    if (strcmp(format, "text") == 0 || strcmp(format, "json") == 0)
        return TT_OK;
    if (strcmp(format, "html") == 0)
        return tt_error_set(error, TT_ERR_USAGE,
                            "this version does not write a comparison as html yet; text and json "
                            "it does");
    return tt_error_set(error, TT_ERR_USAGE, "no format \"%s\" for a comparison: text or json",
                        format);
}

static enum tt_err walk_failure(const struct tt_case *c, enum tt_err err, struct tt_error *error)
{
    const char *why = tt_case_failure(c);
    return tt_error_set(error, err, "%s", why[0] == '\0' ? tt_err_name(err) : why);
}

enum tt_err tt_compare_make(struct tt_case *before, struct tt_case *after,
                            struct tt_compare **ret_compare, struct tt_error *error)
{
    int failed = 0;
    const struct tt_case_view first = tt_case_rows(before);
    const struct tt_case_view second = tt_case_rows(after);
    enum tt_err err = tt_compare_run(&first, &second, ret_compare, &failed);
    return err == TT_OK ? TT_OK : walk_failure(failed == 0 ? before : after, err, error);
}

enum tt_err tt_compare_cases(struct tt_case *before, struct tt_case *after, const char *format,
                             const struct tt_report_options *options,
                             const struct tt_report_sink *sink, enum tt_verdict *ret_verdict,
                             struct tt_error *error)
{
    struct tt_compare *compare = NULL;
    enum tt_err err = check_format(format, error);
    if (err == TT_OK)
        err = tt_compare_make(before, after, &compare, error);
    if (err != TT_OK)
        return err;
    const struct tt_comparison *result = tt_compare_result(compare);
    if (strcmp(format, "json") == 0)
        err = tt_report_comparison_json(result, sink);
    else
        err = tt_report_comparison_text(result, options, sink);
    if (err == TT_OK)
        *ret_verdict = result->outcome;
    else
        (void)tt_error_set(error, err, "the comparison was not written");
    tt_compare_free(compare);
    return err;
}
