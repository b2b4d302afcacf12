/* Who was seen when, as the test of events needs it: for each value and destination, and for each
 * destination alone, the times at which the device sent. Gathered after the last frame, from groups
 * of hits and from contacts. */
#ifndef TT_JUDGE_SIGHTINGS_H
#define TT_JUDGE_SIGHTINGS_H

#include "judge/contacts.h"

#define TT_SIGHTING_CONTACT UINT32_MAX /* instead of an identifier: whatever was sent */

/* One moment. Hits have no bytes; of those of a contact as many are unread as of all that the
 * connection said. */
struct tt_sighting {
    uint64_t time;
    uint64_t bytes;
    uint64_t unread;
};

/* Times of one value to one destination. */
struct tt_sighted {
    const char *host; /* kept, or NULL: then the address is the destination */
    struct tt_addr address;
    uint32_t identifier;       /* or TT_SIGHTING_CONTACT */
    struct tt_sighting *items; /* ascending, after tt_sightings_settle */
    uint64_t *times;           /* of these */
    size_t count;
    size_t room;
};

struct tt_sightings;

/* NULL without memory. */
struct tt_sightings *tt_sightings_new(void);
void tt_sightings_free(struct tt_sightings *sightings);

/* Hits at `count` times. `host` is kept by the caller. What was not sent, or only on the link, is
 * left out. */
TT_MUST_USE enum tt_err tt_sightings_hits(struct tt_sightings *sightings, uint32_t identifier,
                                          const struct tt_place *place, const char *host,
                                          const uint64_t *times, size_t count);

/* All contacts, named by what is known in the end. */
TT_MUST_USE enum tt_err tt_sightings_contacts(struct tt_sightings *sightings,
                                              const struct tt_contacts *contacts,
                                              const struct tt_sides *sides,
                                              const struct tt_names *names);

/* All were told: sorts their times. */
TT_MUST_USE enum tt_err tt_sightings_settle(struct tt_sightings *sightings);

/* Number `at`, NULL past the last. */
const struct tt_sighted *tt_sightings_at(const struct tt_sightings *sightings, size_t at);

#endif
