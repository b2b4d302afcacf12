/* What left the device, by destination, in the words of people who are no engineers. */
#include "report/advisory.h"

#include "report/rows.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX = 2048, TEXT_MAX = 1024 };

struct gatherer {
    struct tt_advisory *all;
    struct tt_buf key;
};

const char *tt_advisory_kind(enum tt_kind kind)
{
    static const char *const words[TT_KIND_COUNT] = {
        [TT_KIND_IMEI] = "the number that tells this device from all others (IMEI)",
        [TT_KIND_IMEISV] = "the number that tells this device from all others (IMEISV)",
        [TT_KIND_IMSI] = "the number of the mobile subscription (IMSI)",
        [TT_KIND_ICCID] = "the number of the SIM card",
        [TT_KIND_PHONE_NUMBER] = "the owner's phone number",
        [TT_KIND_CARRIER] = "the name of the mobile operator",
        [TT_KIND_SERIAL] = "the serial number",
        [TT_KIND_ANDROID_ID] = "an identifier of the system (Android ID)",
        [TT_KIND_ADVERTISING_ID] = "the advertising ID",
        [TT_KIND_MAC_ADDRESS] = "the hardware address of the Wi-Fi (MAC address)",
        [TT_KIND_BLUETOOTH_ADDRESS] = "the Bluetooth address",
        [TT_KIND_SSID] = "the name of the owner's Wi-Fi",
        [TT_KIND_BSSID] = "the hardware address of a Wi-Fi nearby, which tells the place",
        [TT_KIND_HOSTNAME] = "the name of the device on the network",
        [TT_KIND_EMAIL] = "the owner's e-mail address",
        [TT_KIND_USERNAME] = "a user name",
        [TT_KIND_PASSWORD] = "a password",
        [TT_KIND_ACCOUNT_ID] = "the identifier of an account",
        [TT_KIND_DEVICE_MODEL] = "the model of the device",
        [TT_KIND_NAME] = "the owner's name",
        [TT_KIND_ADDRESS] = "the owner's postal address",
        [TT_KIND_LOCATION] = "the place where the device was",
        [TT_KIND_CUSTOM] = "a value that the tester named",
        [TT_KIND_CONTACT_NAME] = "names of contacts",
        [TT_KIND_CONTACT_NUMBER] = "phone numbers of contacts",
        [TT_KIND_CONTACT_EMAIL] = "e-mail addresses of contacts",
        [TT_KIND_MESSAGE_NUMBER] = "phone numbers of people that messages went to or came from",
        [TT_KIND_MESSAGE_TEXT] = "texts of messages",
        [TT_KIND_INSTALLED_APP] = "names of installed apps",
    };
    return kind < TT_KIND_COUNT ? words[kind] : "a value";
}

/* ---- gathering ---- */

static enum tt_advisory_part part_of(const struct tt_finding *finding)
{
    if (finding->certainty != TT_PROVEN || finding->heading == TT_HEADING_UNKNOWN)
        return TT_ADVISORY_MAYBE;
    return finding->verdict == TT_VERDICT_ALLOWED ? TT_ADVISORY_ALLOWED : TT_ADVISORY_LEFT;
}

static enum tt_advisory_consent consent_of(const struct tt_finding *finding)
{
    switch (finding->consent) {
    case TT_CONSENT_GIVEN:
    case TT_CONSENT_NOT_REQUIRED:
        return TT_ADVISORY_AGREED;
    case TT_CONSENT_NOT_GIVEN:
    case TT_CONSENT_WITHDRAWN:
        return TT_ADVISORY_REFUSED;
    case TT_CONSENT_UNKNOWN:
        break;
    }
    return TT_ADVISORY_UNKNOWN;
}

static enum tt_kind kind_of(const struct tt_finding *finding)
{
    for (enum tt_kind kind = TT_KIND_IMEI; kind < TT_KIND_COUNT; kind++)
        if (strcmp(tt_kind_name(kind), finding->kind) == 0)
            return kind;
    return TT_KIND_CUSTOM;
}

static bool copy(struct gatherer *g, const char *text, const char **ret_copy)
{
    *ret_copy = NULL;
    if (text != NULL)
        *ret_copy = tt_arena_dup(&g->all->arena, tt_span_sub(tt_span_str(text), 0, TEXT_MAX));
    return text == NULL || *ret_copy != NULL;
}

/* NULL where there is no room. */
static struct tt_advisory_group *make_group(struct gatherer *g, const struct tt_finding *finding)
{
    struct tt_advisory *all = g->all;
    if (all->count == TT_REPORT_ROWS_MAX)
        return NULL;
    struct tt_advisory_group *group = tt_arena_alloc(&all->arena, sizeof(*group));
    if (group == NULL)
        return NULL;
    *group = (struct tt_advisory_group){.part = part_of(finding),
                                        .consent = consent_of(finding),
                                        .readable = tt_rows_is_readable(finding),
                                        .address = finding->address,
                                        .index = all->count};
    bool kept = copy(g, finding->host, &group->host) &&
                copy(g, finding->country, &group->country) &&
                copy(g, finding->organisation, &group->organisation);
    if (!kept || tt_map_put(all->map, tt_buf_span(&g->key), group) != TT_OK)
        return NULL;
    all->groups[all->count++] = group;
    return group;
}

static enum tt_err make_key(struct gatherer *g, const struct tt_finding *finding)
{
    char addr[TT_ADDR_TEXT_MAX];
    const char *host = finding->host;
    tt_buf_clear(&g->key);
    return tt_buf_printf(&g->key, "%d %d %d %.*s", (int)part_of(finding), (int)consent_of(finding),
                         (int)tt_rows_is_readable(finding), (int)TEXT_MAX,
                         host != NULL ? host : tt_addr_text(finding->address, addr));
}

static void note_facts(struct tt_advisory_facts *facts, const struct tt_advisory_group *group)
{
    if (group->part != TT_ADVISORY_LEFT)
        return;
    facts->any = true;
    facts->kinds |= group->kinds;
    facts->readable = facts->readable || group->readable;
    facts->refused = facts->refused || group->consent == TT_ADVISORY_REFUSED;
}

static enum tt_err add_finding(void *context, const struct tt_finding *finding)
{
    struct gatherer *g = context;
    bool sent = finding->heading == TT_HEADING_SENT || finding->heading == TT_HEADING_UNKNOWN;
    if (sent && finding->scope != TT_ADDR_SCOPE_INTERNET)
        g->all->local = true;
    if (!sent || finding->scope != TT_ADDR_SCOPE_INTERNET)
        return TT_OK;
    enum tt_err err = make_key(g, finding);
    if (err != TT_OK)
        return err;
    struct tt_advisory_group *group = tt_map_get(g->all->map, tt_buf_span(&g->key));
    if (group == NULL)
        group = make_group(g, finding);
    if (group == NULL) {
        g->all->full = true;
        return TT_OK;
    }
    enum tt_kind kind = kind_of(finding);
    group->kinds |= UINT64_C(1) << kind;
    group->violates = group->violates || finding->verdict == TT_VERDICT_VIOLATION;
    if (finding->country != NULL && group->country != NULL)
        group->more_countries =
            group->more_countries || strcmp(finding->country, group->country) != 0;
    if (kind == TT_KIND_CUSTOM && group->custom == NULL)
        g->all->full = !copy(g, finding->label, &group->custom) || g->all->full;
    note_facts(&g->all->facts, group);
    return TT_OK;
}

static int by_gravity(const void *a, const void *b)
{
    const struct tt_advisory_group *x = *(struct tt_advisory_group *const *)a;
    const struct tt_advisory_group *y = *(struct tt_advisory_group *const *)b;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    if (x->violates != y->violates)
        return x->violates ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

enum tt_err tt_advisory_gather(const struct tt_case_view *view, struct tt_advisory *ret_advisory)
{
    *ret_advisory = (struct tt_advisory){.arena = tt_arena_make(TT_REPORT_BYTES_MAX)};
    ret_advisory->map = tt_map_new(TT_REPORT_ROWS_MAX);
    ret_advisory->groups = calloc(TT_REPORT_ROWS_MAX, sizeof(struct tt_advisory_group *));
    if (ret_advisory->map == NULL || ret_advisory->groups == NULL)
        return TT_ERR_MEMORY;
    struct gatherer g = {.all = ret_advisory, .key = tt_buf_make(KEY_MAX)};
    enum tt_err err = view->findings(view->store, add_finding, &g);
    if (ret_advisory->count > 1)
        qsort(ret_advisory->groups, ret_advisory->count, sizeof(struct tt_advisory_group *),
              by_gravity);
    tt_buf_free(&g.key);
    return err;
}

void tt_advisory_free(struct tt_advisory *advisory)
{
    tt_map_free(advisory->map, NULL);
    free(advisory->groups);
    tt_arena_free(&advisory->arena);
}

/* ---- advice ---- */

#define KIND(kind) (UINT64_C(1) << (kind))

static const uint64_t of_others = KIND(TT_KIND_CONTACT_NAME) | KIND(TT_KIND_CONTACT_NUMBER) |
                                  KIND(TT_KIND_CONTACT_EMAIL) | KIND(TT_KIND_MESSAGE_NUMBER) |
                                  KIND(TT_KIND_MESSAGE_TEXT);
static const uint64_t lasting = KIND(TT_KIND_IMEI) | KIND(TT_KIND_IMEISV) | KIND(TT_KIND_IMSI) |
                                KIND(TT_KIND_ICCID) | KIND(TT_KIND_SERIAL) |
                                KIND(TT_KIND_MAC_ADDRESS) | KIND(TT_KIND_BLUETOOTH_ADDRESS);
static const uint64_t places = KIND(TT_KIND_LOCATION) | KIND(TT_KIND_BSSID) | KIND(TT_KIND_SSID);

const char *tt_advisory_advice(const struct tt_advisory_facts *facts, size_t at)
{
    const struct {
        bool fits;
        const char *text;
    } all[] = {
        {facts->any && (facts->kinds & KIND(TT_KIND_PASSWORD)) != 0,
         "Change the password that was sent, also wherever else it is used."},
        {facts->any && (facts->kinds & of_others) != 0,
         "Do not use the device for official calls and messages, and keep no contacts on it that "
         "must stay private."},
        {facts->refused, "Look in the settings for the service that sends to these hosts (cloud, "
                         "messages over the internet, usage statistics) and switch it off."},
        {facts->readable, "Until it sends encrypted, do not use the device on networks that "
                          "others run or can listen to."},
        {facts->any && (facts->kinds & places) != 0,
         "Switch off location for apps that do not need it."},
        {facts->any && (facts->kinds & KIND(TT_KIND_ADVERTISING_ID)) != 0,
         "Reset the advertising ID in the settings."},
        {facts->any && (facts->kinds & lasting) != 0,
         "The numbers of device and SIM card stay the same: take it that the receiver keeps "
         "them. A factory reset does not take them back."},
        {facts->any, "Install updates when the maker offers them, and have the device tested "
                     "again: only that shows whether they help."},
        {!facts->any && facts->doubtful,
         "What could be seen calls for nothing, but not all could be seen or judged: do not take "
         "this page for a clearance."},
        {!facts->any && !facts->doubtful, "This test gives no reason to do anything."},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(all); i++)
        if (all[i].fits && at-- == 0)
            return all[i].text;
    return NULL;
}
