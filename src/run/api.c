/* The public functions of telltale/telltale.h. */
#include <telltale/telltale.h>

#include "identify/sheet.h"
#include "report/report.h"
#include "run/compare.h"
#include "run/describe.h"
#include "run/pipeline.h"
#include "run/verify.h"
#include "store/case.h"

const char *tt_version(void)
{
    return TT_VERSION;
}

enum tt_err tt_test(const struct tt_test_config *config, struct tt_case **ret_case,
                    struct tt_error *error)
{
    if (config->capture_count == 0 || config->subject == NULL)
        return tt_error_set(error, TT_ERR_USAGE, "a test needs a capture and a subject sheet");
    return tt_pipeline_test(config, ret_case, error);
}

enum tt_err tt_messages(const struct tt_test_config *config, struct tt_case **ret_case,
                        struct tt_error *error)
{
    if (config->capture_count == 0)
        return tt_error_set(error, TT_ERR_USAGE, "a message listing needs a capture");
    return tt_pipeline_messages(config, ret_case, error);
}

enum tt_err tt_case_load(const char *path, struct tt_case **ret_case, struct tt_error *error)
{
    return tt_case_open(path, ret_case, error);
}

void tt_case_close(struct tt_case *c)
{
    tt_case_free(c);
}

static enum tt_err row_failure(const struct tt_case *c, enum tt_err err, struct tt_error *error)
{
    if (err == TT_OK)
        return TT_OK;
    const char *why = tt_case_failure(c);
    return tt_error_set(error, err, "%s", why[0] == '\0' ? "the report was not written" : why);
}

static enum tt_err case_info(struct tt_case *c, struct tt_case_info *ret_info,
                             struct tt_error *error)
{
    struct tt_case_view view = tt_case_rows(c);
    return row_failure(c, view.info(view.store, ret_info), error);
}

static enum tt_outcome outcome_of(enum tt_verdict verdict)
{
    switch (verdict) {
    case TT_VERDICT_ALLOWED:
        return TT_OUTCOME_HOLDS;
    case TT_VERDICT_VIOLATION:
        return TT_OUTCOME_VIOLATED;
    case TT_VERDICT_UNDECIDED:
        break;
    }
    return TT_OUTCOME_UNDECIDED;
}

enum tt_err tt_case_outcome(struct tt_case *c, enum tt_outcome *ret_outcome, struct tt_error *error)
{
    struct tt_case_info info;
    enum tt_err err = case_info(c, &info, error);
    if (err != TT_OK)
        return err;
    *ret_outcome = outcome_of(info.verdict);
    return TT_OK;
}

static enum tt_err write_text(void *context, struct tt_span text)
{
    const struct tt_output *output = context;
    return output->write(output->context, (const char *)text.data, text.len);
}

/* The sink of the layers writes through the caller's function; the copy of the output is its
 * context. */
static struct tt_report_sink sink_of(struct tt_output *output)
{
    return (struct tt_report_sink){.context = output, .write = write_text};
}

static enum tt_err load_reveal(struct tt_case *c, const char *path, struct tt_sheet **ret_sheet,
                               struct tt_error *error)
{
    struct tt_case_info info;
    enum tt_err err = case_info(c, &info, error);
    if (err == TT_OK)
        err = tt_sheet_load(path, ret_sheet, error);
    if (err != TT_OK)
        return err;
    if (strcmp(tt_sheet_subject(*ret_sheet)->digest, info.subject_digest) == 0)
        return TT_OK;
    return tt_error_set(error, TT_ERR_USAGE,
                        "%s is not the sheet of this test (another SHA-256); give the same one",
                        path);
}

enum tt_err tt_report(struct tt_case *c, const char *format, const struct tt_output *output,
                      struct tt_error *error)
{
    const struct tt_report_format *found = tt_report_format_find(format);
    if (found == NULL)
        return tt_error_set(error, TT_ERR_USAGE,
                            "no report format \"%s\"; `telltale list formats` shows them", format);
    struct tt_sheet *sheet = NULL;
    enum tt_err err = TT_OK;
    struct tt_compare *compare = NULL;
    if (output->reveal != NULL)
        err = load_reveal(c, output->reveal, &sheet, error);
    if (err == TT_OK && output->before != NULL)
        err = tt_compare_make(output->before, c, &compare, error);
    if (err == TT_OK) {
        struct tt_output copy = *output;
        struct tt_report_sink sink = sink_of(&copy);
        struct tt_report_options options = {
            .reveal = sheet == NULL ? NULL : tt_sheet_subject(sheet),
            .colour = output->colour,
            .width = output->width,
            .comparison = compare == NULL ? NULL : tt_compare_result(compare)};
        struct tt_case_view view = tt_case_rows(c);
        err = row_failure(c, found->render(&view, &options, &sink), error);
    }
    tt_compare_free(compare);
    tt_sheet_free(sheet);
    return err;
}

enum tt_err tt_report_message_list(struct tt_case *c, bool json, bool reveal,
                                   const struct tt_output *output, struct tt_error *error)
{
    struct tt_output copy = *output;
    struct tt_report_sink sink = sink_of(&copy);
    struct tt_case_view view = tt_case_rows(c);
    return row_failure(c, tt_report_messages(&view, json, reveal, &sink), error);
}

enum tt_err tt_compare(struct tt_case *before, struct tt_case *after, const char *format,
                       const struct tt_output *output, enum tt_outcome *ret_outcome,
                       struct tt_error *error)
{
    struct tt_output copy = *output;
    struct tt_report_sink sink = sink_of(&copy);
    const struct tt_report_options options = {.colour = output->colour, .width = output->width};
    enum tt_verdict verdict = TT_VERDICT_UNDECIDED;
    enum tt_err err = tt_compare_cases(before, after, format, &options, &sink, &verdict, error);
    if (err == TT_OK)
        *ret_outcome = outcome_of(verdict);
    return err;
}

enum tt_err tt_verify(const struct tt_verify_config *config, const struct tt_output *output,
                      struct tt_verify_totals *ret_totals, struct tt_error *error)
{
    struct tt_output copy = *output;
    struct tt_report_sink sink = sink_of(&copy);
    return tt_verify_case(config, &sink, ret_totals, error);
}

enum tt_err tt_describe_subject(const char *path, const struct tt_output *output,
                                struct tt_error *error)
{
    struct tt_output copy = *output;
    struct tt_report_sink sink = sink_of(&copy);
    return tt_describe_sheet(path, output->reveal != NULL, output->width, &sink, error);
}

enum tt_err tt_describe_policy(const char *path, const struct tt_output *output,
                               struct tt_error *error)
{
    struct tt_output copy = *output;
    struct tt_report_sink sink = sink_of(&copy);
    return tt_describe_clauses(path, output->width, &sink, error);
}

enum tt_err tt_list(enum tt_list_kind kind, const struct tt_output *output, struct tt_error *error)
{
    struct tt_output copy = *output;
    struct tt_report_sink sink = sink_of(&copy);
    enum tt_err err = tt_describe_list(kind, &sink);
    if (err != TT_OK)
        return tt_error_set(error, err, "the list was not written");
    return TT_OK;
}
