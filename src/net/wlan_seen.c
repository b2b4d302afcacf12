#include "net/wlan.h"

#include <stdlib.h>
#include <xxhash.h>

bool tt_wlan_seen_before(struct tt_wlan_seen *seen, const struct tt_wlan_identity *identity,
                         struct tt_span body)
{
    if (seen->digests == NULL)
        seen->digests = calloc(TT_WLAN_SEEN_MAX, sizeof(*seen->digests));
    if (seen->digests == NULL)
        return false;
    /* The place is the same in each run, so that results are; only the digest, which nobody outside
     * can aim at, says that two frames are equal. */
    uint64_t place = XXH3_64bits(identity, sizeof(*identity)) % TT_WLAN_SEEN_MAX;
    const uint64_t parts[2] = {
        XXH3_64bits_withSeed(identity, sizeof(*identity), seen->seed),
        XXH3_64bits_withSeed(body.data, body.len, seen->seed),
    };
    uint64_t digest = XXH3_64bits_withSeed(parts, sizeof(parts), seen->seed);
    bool before = seen->digests[place] == digest;
    seen->digests[place] = digest;
    return before;
}
