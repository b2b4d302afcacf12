/* Reading captures: pcap, pcapng, snoop and btsnoop files, plain or compressed, from a file or a
 * pipe, to frames.
 *
 * A file is read through mapped windows that are released behind the reader; a pipe through one
 * buffer. Memory does not grow with the capture. Damage loses neither what came before it nor what
 * can be read behind it: the reader gives every frame before the damage, goes on at the next place
 * that makes sense, and a note tells the offset and what lies between. Offsets of notes count in
 * the file, or in what was inside where the file is compressed ("gzip." notes: in the file). */
#ifndef TT_CAPTURE_CAPTURE_H
#define TT_CAPTURE_CAPTURE_H

#include "base/err.h"
#include "model/event.h"
#include "model/frame.h"
#include "model/name.h"
#include "model/note.h"

struct tt_capture;

/* tt_frame.link of a pcapng packet whose interface is not described. Not a LINKTYPE_ value. */
#define TT_LINK_UNKNOWN UINT32_MAX

/* tt_frame.interface of the same; its link type is known where all interfaces of the section share
 * one. */
#define TT_INTERFACE_UNKNOWN UINT32_MAX

/* Opens `path` ("-" is standard input) and reads as far as the first header. `notes` (may be NULL)
 * is borrowed until tt_capture_free. TT_ERR_IO: cannot be opened or read; TT_ERR_FORMAT: empty, or
 * not a capture (the error says what it looks like, and what to do). */
TT_MUST_USE enum tt_err tt_capture_open(const char *path, const struct tt_note_sink *notes,
                                        struct tt_capture **ret_capture, struct tt_error *error);

/* What a capture tells beside its frames, told while tt_capture_next reads it. All is borrowed for
 * the call; either may be NULL. */
struct tt_capture_sink {
    void *context;
    /* A name resolution block of pcapng names an address. `source` is TT_NAME_CAPTURE, `frame` the
     * number of the next frame, `time` 0; `capture` and `flow` are 0. */
    void (*name)(void *context, const struct tt_name_record *record);
    /* At most TT_EVENTS_MAX in a capture; a note counts the others. */
    void (*event)(void *context, const struct tt_event *event);
};

/* Call it before the first tt_capture_next. `sink` is copied, its context borrowed. */
void tt_capture_listen(struct tt_capture *capture, const struct tt_capture_sink *sink);

/* Nobody wants the digest of the file: `sha256` stays "". Call it before the first tt_capture_next.
 */
void tt_capture_spare_digest(struct tt_capture *capture);

/* The next frame; its original length is at least the captured one. `*ret_more` is false at the end
 * of the capture (also at a damaged place: then there is a note); the frame's bytes are borrowed
 * until the next call. TT_ERR_IO when reading fails. */
TT_MUST_USE enum tt_err tt_capture_next(struct tt_capture *capture, struct tt_frame *ret_frame,
                                        bool *ret_more, struct tt_error *error);

enum { TT_WRAPPING_TEXT_MAX = 40 };

/* What is known after the last frame. */
struct tt_capture_summary {
    const char *format; /* "pcap", "pcapng", "snoop", "btsnoop"; of the first of several */
    char wrapping[TT_WRAPPING_TEXT_MAX]; /* "gzip", "xz, gzip" outermost first, or "" */
    uint64_t file_bytes;                 /* read, as they stand in the file */
    uint64_t frames;
    uint64_t dropped;     /* packets that the capturing machine says it lost (pcapng) */
    uint64_t first_time;  /* ns, earliest of all frames that have a time; 0 without such */
    uint64_t last_time;   /* ns, latest */
    uint64_t clock_error; /* ns by which the time between two frames may have been longer than their
                             times say: a step of the clock, and how far they go back in all */
    bool damaged; /* something of the file could not be read: a note says what. Notes that only tell
                     how the capture was made do not count */
    char sha256[65]; /* of the file as it stands, hexadecimal; "" when it was not read to its end */
};

/* After tt_capture_next has said that there is no more, it reads the rest of a damaged file for the
 * digest. Called earlier (somebody wants to stop), it reads nothing, and there is no digest. */
TT_MUST_USE enum tt_err tt_capture_finish(struct tt_capture *capture,
                                          struct tt_capture_summary *ret_summary,
                                          struct tt_error *error);

/* One decryption secrets block (pcapng) as it stands: the type of
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng.html section 4.7 and its data, borrowed
 * until tt_capture_free. False past the last one. For decrypt/. */
bool tt_capture_secret(const struct tt_capture *capture, size_t at, uint32_t *ret_type,
                       struct tt_span *ret_data);

/* Opens the file at `path` and reads it to its end for nothing but its secrets, which may stand
 * behind the packets that they open: tt_capture_secret gives all of them. Damage is no error here.
 * Only pcapng holds secrets: of other formats nothing is read. */
TT_MUST_USE enum tt_err tt_capture_open_for_secrets(const char *path,
                                                    struct tt_capture **ret_capture,
                                                    struct tt_error *error);

/* A pipe whose start is kept in a temporary file, so that it can be read twice (spool.h). */
struct tt_spool;

struct tt_spool_config {
    uint64_t max; /* bytes that are kept of it */
    /* Called with the bytes kept so far, for each piece; false: do not wait for more. May be NULL.
     */
    bool (*goes_on)(void *context, uint64_t bytes);
    void *context;
};

/* Reads what comes through the pipe at `path` ("-" is standard input) ahead, and waits for its end
 * or for `config->max` bytes. Of a format that holds no secrets only the first bytes are read.
 * TT_ERR_IO, TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_spool_make(const char *path, const struct tt_spool_config *config,
                                      struct tt_spool **ret_spool, struct tt_error *error);

/* As tt_capture_open, of a spool and what follows in its pipe; once. The spool is borrowed until
 * tt_capture_free. A note (capture.spool) at the end counts the bytes of a format with secrets that
 * were not kept. */
TT_MUST_USE enum tt_err tt_capture_open_spool(struct tt_spool *spool,
                                              const struct tt_note_sink *notes,
                                              struct tt_capture **ret_capture,
                                              struct tt_error *error);

/* As tt_capture_open_for_secrets, of what a spool has kept. */
TT_MUST_USE enum tt_err tt_capture_open_spool_for_secrets(struct tt_spool *spool,
                                                          struct tt_capture **ret_capture,
                                                          struct tt_error *error);

/* How many bytes of it can be read twice. */
uint64_t tt_spool_kept(const struct tt_spool *spool);

/* Closes the pipe. Takes NULL. */
void tt_spool_free(struct tt_spool *spool);

/* Wipes the secrets. Takes NULL. */
void tt_capture_free(struct tt_capture *capture);

#endif
