/* When the device talks, to whom, and how much: kept only where a timeline has events, so that a
 * test without one pays nothing.
 *
 * A contact is one stretch of bytes of one direction of a flow, without a pause of
 * TT_CONTACT_PAUSE; opening a connection begins one, too. It takes 16 bytes, a flow some 150. */
#ifndef TT_JUDGE_CONTACTS_H
#define TT_JUDGE_CONTACTS_H

#include "judge/place.h"
#include "judge/shift_test.h"
#include "model/chunk.h"
#include "model/coverage.h"

#define TT_CONTACT_PAUSE UINT64_C(1000000000) /* ns */

struct tt_contact {
    uint64_t time; /* ns */
    uint64_t bytes;
};

/* One direction of one flow. */
struct tt_talk {
    struct tt_ends ends;
    uint64_t flow;
    uint64_t first_frame;
    uint64_t first_time;
    uint64_t last;      /* time of its last bytes */
    const char *host;   /* said by its first message that says one; kept, or NULL */
    uint64_t accounted; /* bytes, by those who read them: often long after they came */
    uint64_t unread;    /* of these, encrypted or not understood */
    struct tt_contact *contacts;
    size_t count;
    size_t room;
};

struct tt_contacts;

/* `texts` is borrowed until tt_contacts_free. NULL without memory. */
struct tt_contacts *tt_contacts_new(struct tt_texts *texts);
void tt_contacts_free(struct tt_contacts *contacts);

/* What happens before `time` is not kept: only then it became known that there are events. */
void tt_contacts_begin(struct tt_contacts *contacts, uint64_t time);

/* Bytes as they come. TT_ERR_LIMIT at TT_CONTACTS_MAX: what is more is not kept. */
TT_MUST_USE enum tt_err tt_contacts_chunk(struct tt_contacts *contacts,
                                          const struct tt_chunk *chunk);

/* What became of them, and the host that a message said. TT_ERR_LIMIT as above. */
TT_MUST_USE enum tt_err tt_contacts_account(struct tt_contacts *contacts,
                                            const struct tt_account *account);

/* A flow is over: a connection without a word is a contact, too. */
TT_MUST_USE enum tt_err tt_contacts_flow(struct tt_contacts *contacts, const struct tt_flow *flow);

/* Talk number `at`, in the order of their first bytes; NULL past the last. */
const struct tt_talk *tt_contacts_talk(const struct tt_contacts *contacts, size_t at);

/* What the flows span since keeping began, one stretch for each capture, ascending and joined where
 * they overlap; as many as `*ret_count`, borrowed until the next call. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_contacts_seen(struct tt_contacts *contacts,
                                         const struct tt_stretch **ret_seen, size_t *ret_count);

#endif
