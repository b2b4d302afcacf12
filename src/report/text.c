#include "report/text.h"

#include "report/formats.h"

#include <inttypes.h>

static enum tt_err count_input(void *context, const struct tt_case_input *input)
{
    (void)input;
    struct tt_text *t = context;
    t->inputs++;
    return TT_OK;
}

static enum tt_err count_coverage(void *context, const struct tt_coverage_row *row)
{
    struct tt_text *t = context;
    t->destinations++;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        t->totals[i] += row->bytes[i];
    return TT_OK;
}

static enum tt_err look_ahead(struct tt_text *t)
{
    const struct tt_case_view *view = t->view;
    enum tt_err err = view->info(view->store, &t->info);
    if (err == TT_OK)
        err = view->inputs(view->store, count_input, t);
    if (err == TT_OK)
        err = view->coverage(view->store, count_coverage, t);
    return err;
}

enum tt_err tt_report_text(const struct tt_case_view *view, const struct tt_report_options *options,
                           const struct tt_report_sink *sink)
{
    struct tt_text t;
    tt_text_open(&t, view, options->reveal != NULL, options->colour, options->width, sink);
    t.reveal = options->reveal;
    enum tt_err err = look_ahead(&t);
    if (err == TT_OK)
        err = tt_text_findings(&t);
    if (err == TT_OK)
        err = tt_text_triggers(&t);
    if (err == TT_OK)
        err = tt_text_residency(&t);
    if (err == TT_OK)
        err = tt_text_tls(&t);
    if (err == TT_OK)
        err = tt_text_coverage(&t);
    if (err == TT_OK)
        err = tt_text_events(&t);
    if (err == TT_OK)
        err = tt_text_inputs(&t);
    return tt_text_close(&t, err);
}
