#include "model/comparison.h"

const char *tt_change_name(enum tt_change change)
{
#define TT_CHANGE_NAME(id, name, words) name,
    static const char *const names[] = {TT_CHANGES(TT_CHANGE_NAME)};
#undef TT_CHANGE_NAME
    return change < TT_CHANGE_COUNT ? names[change] : "";
}

const char *tt_change_words(enum tt_change change)
{
#define TT_CHANGE_WORDS(id, name, words) words,
    static const char *const texts[] = {TT_CHANGES(TT_CHANGE_WORDS)};
#undef TT_CHANGE_WORDS
    return change < TT_CHANGE_COUNT ? texts[change] : "";
}

const char *tt_writing_name(enum tt_writing writing)
{
    static const char *const names[] = {"plain", "coded", "digest"};
    return names[writing];
}
