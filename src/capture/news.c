/* What a capture tells beside its frames: names and events on their way to the listener. */
#include "capture/format.h"
#include "capture/text.h"
#include "model/limits.h"

void tt_reading_event(struct tt_reading *reading, const char *source, uint64_t frame, uint64_t time,
                      struct tt_span text, uint64_t offset)
{
    char clean[TT_EVENT_TEXT_MAX + 1];
    bool whole = tt_text_clean(text, clean, sizeof(clean));
    if (clean[0] == '\0')
        return;
    if (reading->events == TT_EVENTS_MAX) {
        tt_reading_note(
            reading, "pcapng.events", frame, offset, 0,
            "more comments and journal entries than the limit: the others are not told");
        return;
    }
    reading->events++;
    if (!whole)
        tt_reading_note(reading, "pcapng.event_text", frame, offset, text.len,
                        "a comment or journal entry is longer than the limit: its end is not told");
    const struct tt_event event = {.frame = frame, .time = time, .source = source, .text = clean};
    if (reading->sink.event != NULL)
        reading->sink.event(reading->sink.context, &event);
}

/* A host name as it is compared: lower case, without the final dot. */
static void normalise(char *name)
{
    size_t len = 0;
    for (; name[len] != '\0'; len++)
        name[len] = (char)tt_lower((uint8_t)name[len]);
    if (len > 0 && name[len - 1] == '.')
        name[len - 1] = '\0';
}

void tt_reading_name(struct tt_reading *reading, struct tt_addr addr, struct tt_span name,
                     uint64_t offset)
{
    char clean[TT_NAME_TEXT_MAX + 1];
    if (!tt_text_clean(name, clean, sizeof(clean)) || strchr(clean, ' ') != NULL) {
        tt_reading_note(reading, "capture.name", 0, offset, name.len,
                        "the name of an address is too long, or no name");
        return;
    }
    normalise(clean);
    if (clean[0] == '\0' || reading->sink.name == NULL)
        return;
    const struct tt_name_record record = {
        .source = TT_NAME_CAPTURE, .frame = reading->number + 1, .addr = addr, .name = clean};
    reading->sink.name(reading->sink.context, &record);
}
