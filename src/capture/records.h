/* Walks the records of a capture file whose packets stand one behind the other, each with a header
 * of one size before it and nothing that marks its start: pcap, snoop, btsnoop. The file's format
 * tells what a header says (struct tt_record_kind); the walk knows what to do when it lies.
 *
 * A wrong length leads the walk into the middle of something. It notices that by what stands where
 * the next header should be, and looks for a chain: headers that are likely in themselves, each
 * leading to the next one at about the same time. Such a chain inside the packet that is about to
 * be given ends it there; one behind an impossible header is where the walk goes on. Nothing is
 * guessed where there is no chain: then the record is taken for what it says, as other readers do.
 *
 * From an impatient input (a pipe) only what has arrived is looked at beforehand, so that a damaged
 * capture may be read a little differently from a pipe than from a file. */
#ifndef TT_CAPTURE_RECORDS_H
#define TT_CAPTURE_RECORDS_H

#include "capture/format.h"

/* What a header says about itself. */
enum tt_record_sight {
    TT_RECORD_LIKELY,
    TT_RECORD_DOUBTFUL,  /* a field is not as it should be, but writers do such things */
    TT_RECORD_IMPOSSIBLE /* its length is not believed */
};

struct tt_record {
    uint64_t seconds;  /* since 1970 */
    uint32_t captured; /* bytes of the packet */
    uint32_t original;
    uint32_t padding;      /* bytes behind them */
    const uint8_t *header; /* this and the rest are set by tt_records_next; it and `bytes` are
                              borrowed until its next call */
    struct tt_span bytes;  /* the packet */
    uint64_t offset;       /* of the header in the input */
    enum tt_record_sight sight;
};

struct tt_record_kind {
    const char *cut_code;     /* "pcap.cut" */
    const char *damaged_code; /* "pcap.damaged" */
    /* Sets the first four members of `ret_record`, whatever it returns. `context` is what
     * tt_records was given; captured and padding of a header that is not impossible are together at
     * most TT_FRAME_MAX. */
    enum tt_record_sight (*read)(const void *context, const uint8_t *header,
                                 struct tt_record *ret_record);
};

struct tt_chains;

struct tt_records {
    struct tt_reading *reading;
    const struct tt_record_kind *kind;
    const void *context;
    size_t header;            /* its size */
    bool any;                 /* a record was given */
    uint64_t seconds;         /* of the last one */
    uint64_t earliest;        /* a chain does not go back before it */
    struct tt_chains *chains; /* NULL until they are needed */
};

/* A walk from the input's place on. All is borrowed until tt_records_free. */
struct tt_records tt_records_make(struct tt_reading *reading, const struct tt_record_kind *kind,
                                  const void *context, size_t header);

/* The next record. False in `*ret_more` at the end: of the file; where another capture file begins,
 * which is left for capture.c; or where nothing readable follows. The last record of a cut file
 * holds what there is of it. Notes: cut_code, damaged_code. TT_ERR_IO, TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_records_next(struct tt_records *records, struct tt_record *ret_record,
                                        bool *ret_more, struct tt_error *error);

/* Whether the first records from the input's place on follow each other well with headers of
 * `header` bytes. Asks for nothing that an impatient input has not got; what cannot be seen fits.
 */
bool tt_records_fit(const struct tt_records *records, size_t header);

void tt_records_free(struct tt_records *records);

#endif
