/* Inside content/: server-sent events. */
#ifndef TT_CONTENT_EVENT_STREAM_H
#define TT_CONTENT_EVENT_STREAM_H

#include "content/content.h"

/* WHATWG HTML, section 9.2.6, by its media type. The data of an event is a body inside, the coding
 * "event-stream": the values of data lines that follow each other, with line feeds between them.
 * All other lines (names, ids, comments) are slices, "event-stream.fields". */
extern const struct tt_decoder tt_decoder_event_stream;

#endif
