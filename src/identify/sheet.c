#include "identify/sheet.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "base/utf.h"
#include "base/yaml.h"
#include "identify/mask.h"
#include "identify/sheet_check.h"
#include "identify/vcard.h"
#include "model/limits.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LABEL_MAX = 128, ADDRESSES_MAX = 64 };

struct tt_sheet {
    struct tt_arena arena; /* every text: wiped at the end */
    struct tt_subject subject;
    struct tt_identifier *identifiers;
    size_t identifier_room;
    struct tt_addr *addresses;
    const char **warnings;
    size_t warning_count;
    size_t warning_room;
};

/* One sheet being read. */
struct loading {
    struct tt_sheet *sheet;
    struct tt_yaml *doc;
    const char *name;    /* of the sheet, in messages */
    const char *folder;  /* of the sheet, for contacts_file; NULL: no file may be read */
    struct tt_map *seen; /* contacts, by digest */
    EVP_MD_CTX *digest;
    EVP_MD_CTX *contact_digest; /* for those */
    struct tt_error *error;
    size_t contact_count;      /* of contacts_file */
    const char *contacts_name; /* contacts_file as the sheet writes it */
    unsigned contacts_line;    /* of the key contacts_file */
};

typedef const struct tt_yaml_node node;

/* ---- small helpers ---- */

static enum tt_err no_memory(const struct loading *loading)
{
    return tt_error_set(loading->error, TT_ERR_MEMORY, "%s: no memory for the subject sheet",
                        loading->name);
}

/* Adds "FILE:LINE:COLUMN: text"; column 0 leaves it out. */
static enum tt_err warn(struct loading *loading, const char *file, unsigned line, unsigned column,
                        const char *text)
{
    struct tt_sheet *sheet = loading->sheet;
    char place[32] = "";
    char message[512];
    if (sheet->warning_count == sheet->warning_room) {
        size_t room = sheet->warning_room == 0 ? 16 : sheet->warning_room * 2;
        const char **warnings = realloc(sheet->warnings, room * sizeof(*warnings));
        if (warnings == NULL)
            return no_memory(loading);
        sheet->warnings = warnings;
        sheet->warning_room = room;
    }
    if (column > 0)
        (void)snprintf(place, sizeof(place), ":%u", column);
    (void)snprintf(message, sizeof(message), "%s:%u%s: %s", file, line, place, text);
    const char *copy = tt_arena_strdup(&sheet->arena, message);
    if (copy == NULL)
        return no_memory(loading);
    sheet->warnings[sheet->warning_count++] = copy;
    return TT_OK;
}

static enum tt_err warn_at(struct loading *loading, node *at, const char *text)
{
    return warn(loading, loading->name, at->line, at->column, text);
}

/* A value: not a container, not empty. */
static enum tt_err expect_value(struct loading *loading, node *value)
{
    enum tt_err result = tt_yaml_expect(loading->doc, value, TT_YAML_SCALAR, loading->error);
    if (result == TT_OK && tt_span_trim(value->text).len == 0)
        result = tt_yaml_error(loading->doc, value, loading->error, "the value is empty");
    return result;
}

/* Calls `each` for every element of a list, or for the value that stands alone. */
static enum tt_err each_of(struct loading *loading, node *list,
                           enum tt_err (*each)(struct loading *, node *, size_t, void *),
                           void *context)
{
    enum tt_err result = TT_OK;
    if (list->kind != TT_YAML_SEQUENCE)
        return each(loading, list, 0, context);
    for (node *value = list->first; value != NULL && result == TT_OK; value = value->next)
        result = each(loading, value, value->index, context);
    return result;
}

/* ---- identifiers ---- */

static enum tt_owner owner_of(enum tt_kind kind)
{
    switch ((int)kind) {
    case TT_KIND_CONTACT_NAME:
    case TT_KIND_CONTACT_NUMBER:
    case TT_KIND_CONTACT_EMAIL:
        return TT_OWNER_CONTACT;
    case TT_KIND_MESSAGE_NUMBER:
    case TT_KIND_MESSAGE_TEXT:
        return TT_OWNER_MESSAGE;
    default:
        return TT_OWNER_DEVICE;
    }
}

static enum tt_err add(struct loading *loading, enum tt_kind kind, struct tt_span value,
                       unsigned line, const char *format, ...) TT_PRINTF(5, 6);

static enum tt_err add(struct loading *loading, enum tt_kind kind, struct tt_span value,
                       unsigned line, const char *format, ...)
{
    struct tt_sheet *sheet = loading->sheet;
    size_t count = sheet->subject.identifier_count;
    if (count >= TT_IDENTIFIERS_MAX)
        return tt_error_set(loading->error, TT_ERR_LIMIT, "%s:%u: more than %d values",
                            loading->name, line, TT_IDENTIFIERS_MAX);
    if (count == sheet->identifier_room) {
        size_t room = count == 0 ? 64 : count * 2;
        struct tt_identifier *grown = realloc(sheet->identifiers, room * sizeof(*grown));
        if (grown == NULL)
            return no_memory(loading);
        sheet->identifiers = grown;
        sheet->identifier_room = room;
    }
    char label[LABEL_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(label, sizeof(label), format, args);
    va_end(args);
    struct tt_identifier identifier = {
        .kind = kind,
        .owner = owner_of(kind),
        .label = tt_arena_strdup(&sheet->arena, label),
        .value = tt_arena_dup(&sheet->arena, value),
        .masked = tt_mask(&sheet->arena, kind, tt_span_trim(value)),
        .line = line,
    };
    if (identifier.label == NULL || identifier.value == NULL || identifier.masked == NULL)
        return no_memory(loading);
    sheet->identifiers[count] = identifier;
    sheet->subject.identifiers = sheet->identifiers;
    sheet->subject.identifier_count++;
    return TT_OK;
}

static enum tt_err warn_if_odd(struct loading *loading, enum tt_kind kind, node *value)
{
    const char *oddity = tt_sheet_oddity(kind, tt_span_trim(value->text));
    return oddity == NULL ? TT_OK : warn_at(loading, value, oddity);
}

static enum tt_err read_plain(struct loading *loading, node *value, size_t index, void *context)
{
    const enum tt_kind *kind = context;
    enum tt_err result = expect_value(loading, value);
    if (result == TT_OK)
        result = warn_if_odd(loading, *kind, value);
    if (result == TT_OK)
        result =
            add(loading, *kind, value->text, value->line, "%s[%zu]", tt_kind_name(*kind), index);
    return result;
}

/* A degree value that must be there. */
static enum tt_err get_degrees(struct loading *loading, node *map, const char *key, unsigned limit,
                               struct tt_span *ret_text)
{
    node *value = tt_yaml_get(map, key);
    if (value == NULL)
        return tt_yaml_error(loading->doc, map, loading->error,
                             "a location needs latitude and longitude; there is no \"%s\"", key);
    enum tt_err result = expect_value(loading, value);
    if (result != TT_OK)
        return result;
    struct tt_span text = tt_span_trim(value->text);
    if (!tt_sheet_is_degrees(text, limit))
        return tt_yaml_error(loading->doc, value, loading->error,
                             "expected decimal degrees between -%u and %u, such as 28.6139", limit,
                             limit);
    if (text.data[0] == '+')
        text = tt_span_from(text, 1);
    *ret_text = text;
    return TT_OK;
}

static enum tt_err read_location(struct loading *loading, node *value, size_t index, void *context)
{
    static const char *const keys[] = {"latitude", "longitude"};
    struct tt_span latitude = {.data = NULL, .len = 0};
    struct tt_span longitude = {.data = NULL, .len = 0};
    (void)context;
    enum tt_err result = tt_yaml_expect(loading->doc, value, TT_YAML_MAP, loading->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(loading->doc, value, keys, TT_ARRAY_LEN(keys), loading->error);
    if (result == TT_OK)
        result = get_degrees(loading, value, "latitude", 90, &latitude);
    if (result == TT_OK)
        result = get_degrees(loading, value, "longitude", 180, &longitude);
    if (result != TT_OK)
        return result;
    size_t len = latitude.len + longitude.len + 1;
    char *both = tt_arena_alloc(&loading->sheet->arena, len + 1);
    if (both == NULL)
        return no_memory(loading);
    (void)snprintf(both, len + 1, "%.*s,%.*s", (int)latitude.len, (const char *)latitude.data,
                   (int)longitude.len, (const char *)longitude.data);
    return add(loading, TT_KIND_LOCATION, tt_span_of(both, strlen(both)), value->line,
               "location[%zu]", index);
}

static enum tt_err read_custom(struct loading *loading, node *value, size_t index, void *context)
{
    static const char *const keys[] = {"name", "value"};
    (void)index;
    (void)context;
    enum tt_err result = tt_yaml_expect(loading->doc, value, TT_YAML_MAP, loading->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(loading->doc, value, keys, TT_ARRAY_LEN(keys), loading->error);
    if (result != TT_OK)
        return result;
    node *name = tt_yaml_get(value, "name");
    node *content = tt_yaml_get(value, "value");
    if (name == NULL || content == NULL)
        return tt_yaml_error(loading->doc, value, loading->error,
                             "a custom value needs a name and a value; there is no \"%s\"",
                             name == NULL ? "name" : "value");
    result = expect_value(loading, name);
    if (result == TT_OK)
        result = expect_value(loading, content);
    if (result == TT_OK)
        result =
            add(loading, TT_KIND_CUSTOM, content->text, content->line, "%s", tt_yaml_text(name));
    return result;
}

static enum tt_err read_identifiers(struct loading *loading, node *map)
{
    const char *keys[TT_KIND_CUSTOM + 1];
    for (enum tt_kind kind = 0; kind <= TT_KIND_CUSTOM; kind++)
        keys[kind] = tt_kind_name(kind);
    enum tt_err result = tt_yaml_expect(loading->doc, map, TT_YAML_MAP, loading->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(loading->doc, map, keys, TT_ARRAY_LEN(keys), loading->error);
    for (node *value = map->first; value != NULL && result == TT_OK; value = value->next) {
        enum tt_kind kind = 0;
        while (!tt_span_eq(value->key->text, tt_span_str(keys[kind])))
            kind++;
        if (kind == TT_KIND_LOCATION)
            result = each_of(loading, value, read_location, NULL);
        else if (kind == TT_KIND_CUSTOM)
            result = each_of(loading, value, read_custom, NULL);
        else
            result = each_of(loading, value, read_plain, &kind);
    }
    return result;
}

/* ---- device ---- */

static enum tt_err read_device_address(struct loading *loading, node *value, size_t index,
                                       void *context)
{
    struct tt_sheet *sheet = loading->sheet;
    (void)index;
    (void)context;
    enum tt_err result = expect_value(loading, value);
    if (result != TT_OK)
        return result;
    if (sheet->subject.address_count >= ADDRESSES_MAX)
        return tt_yaml_error(loading->doc, value, loading->error, "more than %d addresses",
                             ADDRESSES_MAX);
    if (!tt_addr_parse(tt_yaml_text(value), &sheet->addresses[sheet->subject.address_count]))
        return tt_yaml_error(loading->doc, value, loading->error,
                             "expected an IPv4, IPv6 or hardware address (in quotes)");
    sheet->subject.address_count++;
    return TT_OK;
}

static enum tt_err read_device_text(struct loading *loading, node *device, const char *key,
                                    const char **ret_text)
{
    node *value = tt_yaml_get(device, key);
    if (value == NULL)
        return TT_OK;
    enum tt_err result = expect_value(loading, value);
    if (result != TT_OK)
        return result;
    *ret_text = tt_arena_dup(&loading->sheet->arena, value->text);
    return *ret_text == NULL ? no_memory(loading) : TT_OK;
}

static enum tt_err read_vantage(struct loading *loading, node *value)
{
    if (value == NULL)
        return TT_OK;
    enum tt_err result = expect_value(loading, value);
    if (result == TT_OK && !tt_vantage_parse(value->text, &loading->sheet->subject.vantage))
        return tt_yaml_error(loading->doc, value, loading->error,
                             "expected latitude and longitude in decimal degrees, in quotes "
                             "(\"28.61,77.21\")");
    return result;
}

static enum tt_err read_device(struct loading *loading, node *device)
{
    static const char *const keys[] = {"name", "firmware", "addresses", "vantage"};
    struct tt_sheet *sheet = loading->sheet;
    enum tt_err result = tt_yaml_expect(loading->doc, device, TT_YAML_MAP, loading->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(loading->doc, device, keys, TT_ARRAY_LEN(keys), loading->error);
    if (result == TT_OK)
        result = read_device_text(loading, device, "name", &sheet->subject.device_name);
    if (result == TT_OK)
        result = read_device_text(loading, device, "firmware", &sheet->subject.device_firmware);
    if (result == TT_OK)
        result = read_vantage(loading, tt_yaml_get(device, "vantage"));
    node *addresses = tt_yaml_get(device, "addresses");
    if (result != TT_OK || addresses == NULL)
        return result;
    sheet->addresses = calloc(ADDRESSES_MAX, sizeof(*sheet->addresses));
    if (sheet->addresses == NULL)
        return no_memory(loading);
    sheet->subject.addresses = sheet->addresses;
    return each_of(loading, addresses, read_device_address, NULL);
}

/* ---- contacts ---- */

struct contact {
    const struct tt_span *name; /* or NULL */
    const struct tt_span *numbers;
    size_t number_count;
    const struct tt_span *emails;
    size_t email_count;
};

/* Behind `tag`; of numbers only what tells them apart. */
static bool hash_values(EVP_MD_CTX *sum, const char tag[2], const struct tt_span *values,
                        size_t count, bool numbers)
{
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        struct tt_span rest = values[i];
        ok = EVP_DigestUpdate(sum, tag, 2) == 1;
        while (ok && rest.len > 0) {
            uint8_t part[64];
            size_t taken = 0;
            size_t len = 0;
            for (; taken < rest.len && len < sizeof(part); taken++) {
                uint8_t c = rest.data[taken];
                if (!numbers || tt_is_alnum(c) || c == '+')
                    part[len++] = c;
            }
            ok = EVP_DigestUpdate(sum, part, len) == 1;
            rest = tt_span_from(rest, taken);
        }
    }
    return ok;
}

/* True, once, for each contact that differs from those before in name, numbers or addresses. Only a
 * digest is kept. */
static enum tt_err is_new(struct loading *loading, const struct contact *contact, bool *ret_new)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *sum = loading->contact_digest;
    /* The first time it is told which one; then it is only begun anew, which costs far less. */
    bool ok =
        EVP_DigestInit_ex(sum, EVP_MD_CTX_get0_md(sum) == NULL ? EVP_sha256() : NULL, NULL) == 1;
    if (ok && contact->name != NULL)
        ok = EVP_DigestUpdate(sum, contact->name->data, contact->name->len) == 1;
    ok = ok && hash_values(sum, "\0N", contact->numbers, contact->number_count, true) &&
         hash_values(sum, "\0E", contact->emails, contact->email_count, false) &&
         EVP_DigestFinal_ex(sum, digest, &len) == 1;
    if (!ok)
        return no_memory(loading);
    *ret_new = tt_map_get(loading->seen, tt_span_of(digest, len)) == NULL;
    enum tt_err result = tt_map_put(loading->seen, tt_span_of(digest, len), loading);
    return result == TT_OK ? TT_OK : no_memory(loading);
}

/* The values of one key of a contact. */
struct contact_values {
    struct tt_span texts[TT_VCARD_VALUES_MAX];
    node *nodes[TT_VCARD_VALUES_MAX];
    size_t count;
};

static enum tt_err read_contact_value(struct loading *loading, node *value, size_t index,
                                      void *context)
{
    struct contact_values *values = context;
    (void)index;
    enum tt_err result = expect_value(loading, value);
    if (result != TT_OK)
        return result;
    if (values->count == TT_VCARD_VALUES_MAX)
        return tt_yaml_error(loading->doc, value, loading->error, "more than %d for one contact",
                             TT_VCARD_VALUES_MAX);
    values->nodes[values->count] = value;
    values->texts[values->count++] = value->text;
    return TT_OK;
}

static enum tt_err read_contact_values(struct loading *loading, node *contact, const char *key,
                                       struct contact_values *values)
{
    node *list = tt_yaml_get(contact, key);
    return list == NULL ? TT_OK : each_of(loading, list, read_contact_value, values);
}

static enum tt_err add_contact_values(struct loading *loading, enum tt_kind kind, const char *list,
                                      size_t index, const char *key, const struct tt_span *texts,
                                      size_t count, unsigned line)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < count && result == TT_OK; i++) {
        if (count == 1)
            result = add(loading, kind, texts[i], line, "%s[%zu].%s", list, index, key);
        else
            result = add(loading, kind, texts[i], line, "%s[%zu].%s[%zu]", list, index, key, i);
    }
    return result;
}

static enum tt_err add_contact(struct loading *loading, const struct contact *contact,
                               const char *list, size_t index, unsigned line)
{
    enum tt_err result = TT_OK;
    if (contact->name != NULL)
        result =
            add(loading, TT_KIND_CONTACT_NAME, *contact->name, line, "%s[%zu].name", list, index);
    if (result == TT_OK)
        result = add_contact_values(loading, TT_KIND_CONTACT_NUMBER, list, index, "phone_number",
                                    contact->numbers, contact->number_count, line);
    if (result == TT_OK)
        result = add_contact_values(loading, TT_KIND_CONTACT_EMAIL, list, index, "email",
                                    contact->emails, contact->email_count, line);
    return result;
}

static enum tt_err warn_about_contact(struct loading *loading, const struct contact_values *numbers,
                                      const struct contact_values *emails)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < numbers->count && result == TT_OK; i++)
        result = warn_if_odd(loading, TT_KIND_CONTACT_NUMBER, numbers->nodes[i]);
    for (size_t i = 0; i < emails->count && result == TT_OK; i++)
        result = warn_if_odd(loading, TT_KIND_CONTACT_EMAIL, emails->nodes[i]);
    return result;
}

static enum tt_err read_contact(struct loading *loading, node *value)
{
    static const char *const keys[] = {"name", "phone_number", "email"};
    struct contact_values numbers = {.count = 0};
    struct contact_values emails = {.count = 0};
    enum tt_err result = tt_yaml_expect(loading->doc, value, TT_YAML_MAP, loading->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(loading->doc, value, keys, TT_ARRAY_LEN(keys), loading->error);
    node *name = tt_yaml_get(value, "name");
    if (result == TT_OK && name != NULL)
        result = expect_value(loading, name);
    if (result == TT_OK)
        result = read_contact_values(loading, value, "phone_number", &numbers);
    if (result == TT_OK)
        result = read_contact_values(loading, value, "email", &emails);
    if (result == TT_OK && name == NULL && numbers.count == 0 && emails.count == 0)
        result = tt_yaml_error(loading->doc, value, loading->error, "this contact is empty");
    struct contact contact = {.name = name == NULL ? NULL : &name->text,
                              .numbers = numbers.texts,
                              .number_count = numbers.count,
                              .emails = emails.texts,
                              .email_count = emails.count};
    bool new = false;
    if (result == TT_OK)
        result = is_new(loading, &contact, &new);
    if (result != TT_OK)
        return result;
    if (!new)
        return warn_at(loading, value, "this contact stands in the sheet already; it is kept once");
    result = warn_about_contact(loading, &numbers, &emails);
    return result != TT_OK ? result
                           : add_contact(loading, &contact, "contacts", value->index, value->line);
}

static enum tt_err read_contacts(struct loading *loading, node *list)
{
    enum tt_err result = tt_yaml_expect(loading->doc, list, TT_YAML_SEQUENCE, loading->error);
    if (result != TT_OK)
        return result;
    for (node *value = list->first; value != NULL && result == TT_OK; value = value->next)
        result = read_contact(loading, value);
    return result;
}

/* ---- the vCard file ---- */

static enum tt_err take_card(void *context, const struct tt_vcard *card)
{
    struct loading *loading = context;
    struct contact contact = {.name = card->name.len == 0 ? NULL : &card->name,
                              .numbers = card->numbers,
                              .number_count = card->number_count,
                              .emails = card->emails,
                              .email_count = card->email_count};
    size_t index = loading->contact_count++;
    bool new = false;
    enum tt_err result = is_new(loading, &contact, &new);
    if (result != TT_OK)
        return result;
    if (!new)
        return warn(loading, loading->contacts_name, card->line, 0,
                    "this contact was there already; it is kept once");
    for (size_t i = 0; i < card->number_count && result == TT_OK; i++) {
        const char *oddity = tt_sheet_oddity(TT_KIND_CONTACT_NUMBER, card->numbers[i]);
        if (oddity != NULL)
            result = warn(loading, loading->contacts_name, card->line, 0, oddity);
    }
    return result != TT_OK
               ? result
               : add_contact(loading, &contact, "contacts_file", index, loading->contacts_line);
}

static enum tt_err read_vcards(struct loading *loading, node *value, struct tt_span text)
{
    size_t skipped = 0;
    enum tt_err result = tt_vcard_read(text, &loading->sheet->arena, take_card, loading, &skipped);
    if (result == TT_ERR_FORMAT)
        return tt_yaml_error(loading->doc, value, loading->error,
                             "the contacts file holds no vCard (BEGIN:VCARD)");
    if (result == TT_ERR_MEMORY)
        return no_memory(loading);
    if (result != TT_OK || skipped == 0)
        return result;
    char message[96];
    (void)snprintf(message, sizeof(message),
                   "%zu numbers or addresses of the contacts file could not be read", skipped);
    return warn_at(loading, value, message);
}

static enum tt_err read_contacts_file(struct loading *loading, node *value)
{
    enum tt_err result = expect_value(loading, value);
    if (result != TT_OK)
        return result;
    if (loading->folder == NULL)
        return tt_yaml_error(loading->doc, value, loading->error,
                             "a sheet that is not a file cannot name a contacts file");
    loading->contacts_name = tt_yaml_text(value);
    loading->contacts_line = value->line;
    bool absolute = value->text.data[0] == '/';
    size_t room = strlen(loading->folder) + value->text.len + 1;
    char *path = tt_arena_alloc(&loading->sheet->arena, room);
    if (path == NULL)
        return no_memory(loading);
    (void)snprintf(path, room, "%s%s", absolute ? "" : loading->folder, loading->contacts_name);
    struct tt_buf text = tt_buf_make(TT_SHEET_BYTES_MAX);
    struct tt_error reason = {.code = TT_OK};
    result = tt_file_read(path, TT_SHEET_BYTES_MAX, &text, &reason);
    if (result != TT_OK) {
        (void)tt_yaml_error(loading->doc, value, loading->error, "the contacts file: %s",
                            reason.text);
        return result;
    }
    if (EVP_DigestUpdate(loading->digest, text.data, text.len) != 1)
        result = no_memory(loading);
    else
        result = read_vcards(loading, value, tt_buf_span(&text));
    tt_buf_wipe(&text);
    return result;
}

/* ---- messages and apps ---- */

static enum tt_err read_message_part(struct loading *loading, node *message, const char *key,
                                     enum tt_kind kind)
{
    node *value = tt_yaml_get(message, key);
    if (value == NULL)
        return TT_OK;
    enum tt_err result = expect_value(loading, value);
    if (result == TT_OK)
        result = warn_if_odd(loading, kind, value);
    if (result == TT_OK)
        result =
            add(loading, kind, value->text, value->line, "messages[%zu].%s", message->index, key);
    return result;
}

static enum tt_err read_messages(struct loading *loading, node *list)
{
    static const char *const keys[] = {"phone_number", "text"};
    enum tt_err result = tt_yaml_expect(loading->doc, list, TT_YAML_SEQUENCE, loading->error);
    if (result != TT_OK)
        return result;
    for (node *message = list->first; message != NULL && result == TT_OK; message = message->next) {
        result = tt_yaml_expect(loading->doc, message, TT_YAML_MAP, loading->error);
        if (result == TT_OK)
            result =
                tt_yaml_check_keys(loading->doc, message, keys, TT_ARRAY_LEN(keys), loading->error);
        if (result == TT_OK && message->count == 0)
            result = tt_yaml_error(loading->doc, message, loading->error, "this message is empty");
        if (result == TT_OK)
            result = read_message_part(loading, message, "phone_number", TT_KIND_MESSAGE_NUMBER);
        if (result == TT_OK)
            result = read_message_part(loading, message, "text", TT_KIND_MESSAGE_TEXT);
    }
    return result;
}

static enum tt_err read_app(struct loading *loading, node *value, size_t index, void *context)
{
    (void)context;
    enum tt_err result = expect_value(loading, value);
    if (result == TT_OK)
        result = add(loading, TT_KIND_INSTALLED_APP, value->text, value->line,
                     "installed_apps[%zu]", index);
    return result;
}

static enum tt_err read_apps(struct loading *loading, node *list)
{
    return each_of(loading, list, read_app, NULL);
}

/* ---- the whole ---- */

static enum tt_err read_root(struct loading *loading)
{
    static const struct {
        const char *key;
        enum tt_err (*read)(struct loading *loading, node *value);
    } sections[] = {
        {"device", read_device},     {"identifiers", read_identifiers},
        {"contacts", read_contacts}, {"contacts_file", read_contacts_file},
        {"messages", read_messages}, {"installed_apps", read_apps},
    };
    const char *keys[TT_ARRAY_LEN(sections)];
    for (size_t i = 0; i < TT_ARRAY_LEN(sections); i++)
        keys[i] = sections[i].key;
    node *root = tt_yaml_root(loading->doc);
    enum tt_err result = tt_yaml_expect(loading->doc, root, TT_YAML_MAP, loading->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(loading->doc, root, keys, TT_ARRAY_LEN(keys), loading->error);
    for (node *value = root->first; value != NULL && result == TT_OK; value = value->next) {
        for (size_t i = 0; i < TT_ARRAY_LEN(sections) && result == TT_OK; i++) {
            if (tt_span_eq(value->key->text, tt_span_str(sections[i].key)))
                result = sections[i].read(loading, value);
        }
    }
    if (result == TT_OK && loading->sheet->subject.identifier_count == 0)
        result = warn(loading, loading->name, 1, 0, "the sheet holds no value to search for");
    return result;
}

static enum tt_err finish_digest(struct loading *loading)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char *text = loading->sheet->subject.digest;
    if (EVP_DigestFinal_ex(loading->digest, digest, &len) != 1)
        return no_memory(loading);
    for (size_t i = 0; i < len; i++)
        (void)snprintf(text + i * 2, 3, "%02x", (unsigned)digest[i]);
    return TT_OK;
}

static enum tt_err load(struct loading *loading, struct tt_span text)
{
    const struct tt_yaml_config config = {.name = loading->name,
                                          .secret = true,
                                          .nodes_max = TT_YAML_NODES_MAX,
                                          .depth_max = TT_YAML_DEPTH_MAX};
    if (text.len > TT_SHEET_BYTES_MAX)
        return tt_error_set(loading->error, TT_ERR_LIMIT, "%s: is larger than %d bytes",
                            loading->name, TT_SHEET_BYTES_MAX);
    loading->sheet = calloc(1, sizeof(*loading->sheet));
    loading->seen = tt_map_new(TT_IDENTIFIERS_MAX);
    loading->digest = EVP_MD_CTX_new();
    loading->contact_digest = EVP_MD_CTX_new();
    if (loading->sheet == NULL || loading->seen == NULL || loading->digest == NULL ||
        loading->contact_digest == NULL)
        return no_memory(loading);
    loading->sheet->arena = tt_arena_make(SIZE_MAX); /* bounded by TT_SHEET_BYTES_MAX */
    if (EVP_DigestInit_ex(loading->digest, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(loading->digest, text.data, text.len) != 1)
        return no_memory(loading);
    enum tt_err result = tt_yaml_parse(text, &config, &loading->doc, loading->error);
    if (result == TT_OK)
        result = read_root(loading);
    if (result == TT_OK)
        result = finish_digest(loading);
    return result;
}

static enum tt_err parse(struct tt_span text, const char *name, const char *folder,
                         struct tt_sheet **ret_sheet, struct tt_error *error)
{
    struct loading loading = {.name = name, .folder = folder, .error = error};
    enum tt_err result = load(&loading, text);
    tt_yaml_free(loading.doc);
    tt_map_free(loading.seen, NULL);
    EVP_MD_CTX_free(loading.digest);
    EVP_MD_CTX_free(loading.contact_digest);
    if (result != TT_OK) {
        tt_sheet_free(loading.sheet);
        return result;
    }
    *ret_sheet = loading.sheet;
    return TT_OK;
}

enum tt_err tt_sheet_parse(struct tt_span text, const char *name, struct tt_sheet **ret_sheet,
                           struct tt_error *error)
{
    return parse(text, name, NULL, ret_sheet, error);
}

enum tt_err tt_sheet_load(const char *path, struct tt_sheet **ret_sheet, struct tt_error *error)
{
    struct tt_buf text = tt_buf_make(TT_SHEET_BYTES_MAX);
    enum tt_err result = tt_file_read(path, TT_SHEET_BYTES_MAX, &text, error);
    if (result != TT_OK)
        return result;
    const char *slash = strrchr(path, '/');
    size_t folder_len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char *folder = calloc(folder_len + 1, 1);
    if (folder == NULL) {
        tt_buf_wipe(&text);
        return tt_error_set(error, TT_ERR_MEMORY, "%s: no memory for the subject sheet", path);
    }
    memcpy(folder, path, folder_len);
    result = parse(tt_buf_span(&text), path, folder, ret_sheet, error);
    free(folder);
    tt_buf_wipe(&text);
    return result;
}

const struct tt_subject *tt_sheet_subject(const struct tt_sheet *sheet)
{
    return &sheet->subject;
}

const char *tt_sheet_warning(const struct tt_sheet *sheet, size_t at)
{
    return at < sheet->warning_count ? sheet->warnings[at] : NULL;
}

void tt_sheet_free(struct tt_sheet *sheet)
{
    if (sheet == NULL)
        return;
    free(sheet->identifiers);
    free(sheet->addresses);
    free(sheet->warnings);
    tt_arena_wipe(&sheet->arena);
    free(sheet);
}
