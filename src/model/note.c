#include "model/note.h"

const char *tt_bucket_name(enum tt_bucket bucket)
{
    static const char *const names[] = {
#define TT_BUCKET_NAME(id, name) name,
        TT_BUCKETS(TT_BUCKET_NAME)
#undef TT_BUCKET_NAME
    };
    return bucket < TT_BUCKET_COUNT ? names[bucket] : "unknown";
}
