/* A HAR file: its entries are cut out in two ways that must agree, and each is told; every byte of
 * it is accounted. */
#include "capture/open.h"
#include "model/frame.h"
#include "proto/har.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct check {
    uint64_t accounted;
    uint64_t at; /* of the open body */
    bool open;
};

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void *on_open(void *context, const struct tt_body *body, const char *framing,
                     const struct tt_msg *msg)
{
    struct check *check = context;
    must(!check->open && body->step != NULL && msg != NULL && msg->kind != NULL);
    must(framing == NULL || body->kind == TT_STEP_CODING);
    check->open = true;
    check->at = 0;
    return check;
}

static void on_data(void *context, void *body, const struct tt_piece *piece)
{
    struct check *check = context;
    must(body == check && check->open && piece->at == check->at && piece->bytes.len > 0);
    check->at += piece->bytes.len;
}

static void on_close(void *context, void *body, enum tt_body_end end, uint64_t stream_end)
{
    struct check *check = context;
    (void)end;
    (void)stream_end;
    must(body == check && check->open);
    check->open = false;
}

static void on_message(void *context, const struct tt_msg *msg)
{
    must(context != NULL && msg->protocol != NULL);
}

static void on_account(void *context, const struct tt_flow *flow, enum tt_direction direction,
                       enum tt_bucket bucket, uint64_t bytes)
{
    struct check *check = context;
    must(flow != NULL && direction <= TT_FROM_RESPONDER && bucket < TT_BUCKET_COUNT);
    check->accounted += bytes;
}

static const struct tt_proto_calls calls = {.body_open = on_open,
                                            .body_data = on_data,
                                            .body_close = on_close,
                                            .message = on_message,
                                            .account = on_account};

static void tell(const struct tt_frame *frame)
{
    struct check check = {.open = false};
    struct tt_flow flow = {.id = 1};
    const struct tt_proto_sink sink = {.context = &check, .calls = &calls};
    const struct tt_har_context context = {
        .text = frame->bytes,
        .flow = &flow,
        .origin = {.first_frame = frame->number, .last_frame = frame->number, .time = frame->time},
        .sink = &sink};
    struct tt_har_entry entry;
    tt_har_entry_read(frame->bytes, &entry);
    must(tt_har_tell(&entry, &context));
    must(!check.open && check.accounted + flow.overhead[0] == frame->bytes.len);
}

static uint64_t read_all(struct tt_span bytes, size_t step, bool told)
{
    struct tt_capture *capture = NULL;
    struct tt_error error = {0};
    struct tt_frame frame;
    uint64_t sum = 0;
    bool more = true;
    if (tt_capture_open_bytes(bytes, step, NULL, &capture, &error) != TT_OK)
        return 0;
    while (more && tt_capture_next(capture, &frame, &more, &error) == TT_OK && more) {
        sum = sum * 31 + frame.bytes.len + frame.time;
        if (told && frame.link == TT_LINK_HAR)
            tell(&frame);
    }
    tt_capture_free(capture);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_span bytes = tt_span_of(data, size);
    must(read_all(bytes, 0, true) == read_all(bytes, 1 + size % 37, false));
    /* And as one entry, whatever it is. */
    const struct tt_frame frame = {.number = 1, .link = TT_LINK_HAR, .bytes = bytes};
    tell(&frame);
    return 0;
}
