/* tt_event: something that a capture says beside its packets: a comment that somebody wrote into
 * it, an entry of the capturing machine's journal. Made by capture/, kept by store/. */
#ifndef TT_MODEL_EVENT_H
#define TT_MODEL_EVENT_H

#include <stdint.h>

struct tt_event {
    const char *capture; /* file name without folder; run/ fills it in, NULL before */
    uint64_t frame;      /* number in that capture, 0 when it is about no frame */
    uint64_t time;       /* ns since 1970, 0 when not known */
    const char *source;  /* "comment", "journal", "custom" */
    const char *text; /* UTF-8, at most TT_EVENT_TEXT_MAX bytes; as captured: it may hold values */
};

#endif
