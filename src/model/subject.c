#include "model/subject.h"

const char *tt_kind_name(enum tt_kind kind)
{
    static const char *const names[] = {
#define TT_KIND_NAME(id, name, title) name,
        TT_KINDS(TT_KIND_NAME)
#undef TT_KIND_NAME
    };
    return kind < TT_KIND_COUNT ? names[kind] : "unknown";
}

const char *tt_kind_title(enum tt_kind kind)
{
    static const char *const titles[] = {
#define TT_KIND_TITLE(id, name, title) title,
        TT_KINDS(TT_KIND_TITLE)
#undef TT_KIND_TITLE
    };
    return kind < TT_KIND_COUNT ? titles[kind] : "unknown";
}

const char *tt_owner_name(enum tt_owner owner)
{
    switch (owner) {
    case TT_OWNER_DEVICE:
        return "device";
    case TT_OWNER_CONTACT:
        return "contact";
    case TT_OWNER_MESSAGE:
        return "message";
    }
    return "unknown";
}
