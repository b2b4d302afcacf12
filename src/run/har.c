#include "run/har.h"

#include "model/limits.h"
#include "proto/har.h"
#include "run/channel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEP_ROOM = 40 };

/* The initiator is the device, or a program on its way that speaks for it; no entry tells its
 * address. */
static struct tt_flow flow_of(const struct tt_har_entry *entry, const struct tt_frame *frame,
                              uint64_t id)
{
    struct tt_flow flow = {.id = id,
                           .capture = tt_frame_capture(frame->number),
                           .transport = TT_TRANSPORT_TCP,
                           .initiator_known = true,
                           .at_device = true,
                           .made_up = true,
                           .first_frame = frame->number,
                           .first_time = frame->time,
                           .last_time = frame->time,
                           .packets = {1, 0},
                           .app = frame->app};
    flow.ends[1] = (struct tt_endpoint){.addr = entry->server, .port = entry->port};
    return flow;
}

/* The file holds in clear text what, as it says itself, was sealed on the way. */
static struct tt_seal seal_of(const struct tt_har_entry *entry)
{
    bool open = strcmp(entry->encryption, "none") == 0;
    return (struct tt_seal){.encryption = entry->encryption,
                            .opened_with = open ? NULL : "capture"};
}

uint64_t tt_har_frame(struct tt_flows *flows, const struct tt_frame *frame, uint64_t flow_id)
{
    char step[STEP_ROOM];
    struct tt_har_entry entry;
    tt_har_entry_read(frame->bytes, &entry);
    struct tt_flow flow = flow_of(&entry, frame, flow_id);
    /* As the elements of log.entries are counted in paths: from 0. */
    (void)snprintf(step, sizeof(step), "har.entry[%" PRIu64 "]",
                   tt_frame_number(frame->number) - 1);
    const struct inner inner = {.name = {.protocol = "http", .step = "har.payload"},
                                .seal = seal_of(&entry),
                                .container = step,
                                .container_len = frame->bytes.len,
                                .host = entry.host[0] != '\0' ? entry.host : NULL};
    flows->capture = flow.capture;
    tt_flows_open(flows, &flow);
    struct channel *channel = tt_channel_new(flows, &flow, &inner);
    flow.user = channel;
    if (channel == NULL)
        return 0;
    const struct tt_har_context context = {
        .text = frame->bytes,
        .flow = &flow,
        .origin = {.first_frame = frame->number, .last_frame = frame->number, .time = frame->time},
        .sink = &channel->sink};
    if (!tt_har_tell(&entry, &context))
        tt_flows_fail(flows, TT_ERR_MEMORY);
    tt_channel_close(channel, NULL);
    flows->sink->flow(flows->sink->context, &flow, "http");
    return flow.overhead[0];
}
