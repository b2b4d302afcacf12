#include "report/formats.h"

enum tt_err tt_report_messages(const struct tt_case_view *view, bool json, bool reveal,
                               const struct tt_report_sink *sink)
{
    return json ? tt_report_messages_json(view, reveal, sink)
                : tt_report_messages_text(view, reveal, sink);
}
