#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/geo.h"
#include "judge/geo_text.h"
#include "mmdb.h"

#include <stdio.h>
#include <unistd.h>

static struct tt_addr addr(const char *text)
{
    struct tt_addr addr;
    assert_true(tt_addr_parse(text, &addr));
    return addr;
}

/* Countries as MaxMind and DB-IP write them, networks beside them. */
static void write_nested(char *path)
{
    struct mmdb_writer *writer = mmdb_new();
    uint32_t at = (uint32_t)writer->data.len;
    mmdb_put_map(&writer->data, 3);
    mmdb_put_text(&writer->data, "country");
    mmdb_put_map(&writer->data, 1);
    mmdb_put_text(&writer->data, "iso_code");
    mmdb_put_text(&writer->data, "SG");
    mmdb_put_text(&writer->data, "registered_country");
    mmdb_put_map(&writer->data, 1);
    mmdb_put_text(&writer->data, "iso_code");
    mmdb_put_text(&writer->data, "CN");
    mmdb_put_text(&writer->data, "autonomous_system_number");
    mmdb_put_u32(&writer->data, 64500);
    mmdb_put_prefix(writer, "198.51.100.0", 24, at);
    mmdb_put_prefix(writer, "192.168.1.0", 24, at);
    mmdb_put_prefix(writer, "2001:db8:1::", 48, at);
    at = (uint32_t)writer->data.len;
    mmdb_put_map(&writer->data, 1);
    mmdb_put_text(&writer->data, "registered_country");
    mmdb_put_map(&writer->data, 1);
    mmdb_put_text(&writer->data, "iso_code");
    mmdb_put_text(&writer->data, "FI");
    mmdb_put_prefix(writer, "203.0.113.0", 24, at);
    mmdb_write(writer, "Example-Country", path);
    free(writer);
}

/* Flat, as IPinfo writes them. */
static void write_flat(char *path)
{
    struct mmdb_writer *writer = mmdb_new();
    uint32_t at = (uint32_t)writer->data.len;
    mmdb_put_map(&writer->data, 4);
    mmdb_put_text(&writer->data, "country");
    mmdb_put_text(&writer->data, "Testland");
    mmdb_put_text(&writer->data, "country_code");
    mmdb_put_text(&writer->data, "de");
    mmdb_put_text(&writer->data, "asn");
    mmdb_put_text(&writer->data, "AS64501");
    mmdb_put_text(&writer->data, "as_name");
    mmdb_put_text(&writer->data, "Exa\x1b[1mple \xc3\xa4 \xff");
    mmdb_put_prefix(writer, "198.51.100.0", 24, at);
    mmdb_put_prefix(writer, "203.0.113.0", 24, at);
    mmdb_put_prefix(writer, "192.0.2.0", 25, at);
    mmdb_write(writer, "Example Lite", path);
    free(writer);
}

static struct tt_geo *open_geo(const char *const *paths, size_t count)
{
    struct tt_geo *geo = NULL;
    struct tt_error error = {0};
    if (tt_geo_new(paths, count, &geo, &error) != TT_OK)
        fail_msg("%s", error.text);
    return geo;
}

static void is_at(const struct tt_geo *geo, const char *address, const char *country,
                  const char *network)
{
    struct tt_geo_place place;
    memset(&place, 'x', sizeof(place));
    tt_geo_find(geo, addr(address), &place);
    assert_string_equal(place.country, country);
    assert_string_equal(place.network, network);
}

static void is_registered_in(const struct tt_geo *geo, const char *address, const char *country)
{
    struct tt_geo_place place;
    tt_geo_find(geo, addr(address), &place);
    assert_string_equal(place.registered, country);
}

static void shapes_of_records(void **state)
{
    (void)state;
    char nested[] = "/tmp/geo-XXXXXX";
    char flat[] = "/tmp/geo-XXXXXX";
    write_nested(nested);
    write_flat(flat);
    const char *paths[] = {nested, flat};

    struct tt_geo *geo = open_geo(paths, 1);
    is_at(geo, "198.51.100.7", "SG", "AS64500");
    is_at(geo, "::ffff:198.51.100.7", "SG", "AS64500");
    is_at(geo, "2001:db8:1::5", "SG", "AS64500");
    is_at(geo, "203.0.113.1", "FI", "");
    is_registered_in(geo, "198.51.100.7", "CN");
    is_registered_in(geo, "203.0.113.1", "FI");
    is_registered_in(geo, "192.168.1.5", "");
    is_at(geo, "198.51.101.1", "", "");
    is_at(geo, "192.168.1.5", "", ""); /* private, whatever the file says */
    assert_string_equal(tt_geo_source(geo, 0), "Example-Country 2024-05-01");
    assert_null(tt_geo_source(geo, 1));
    tt_geo_free(geo);

    geo = open_geo(paths + 1, 1);
    is_at(geo, "198.51.100.7", "DE", "AS64501 Exa?[1mple \xc3\xa4 ?");
    is_at(geo, "192.0.2.127", "DE", "AS64501 Exa?[1mple \xc3\xa4 ?");
    is_at(geo, "192.0.2.128", "", "");
    tt_geo_free(geo);

    /* The first file that knows a field is believed, field by field. */
    geo = open_geo(paths, 2);
    is_at(geo, "198.51.100.7", "SG", "AS64500");
    is_at(geo, "203.0.113.1", "FI", "AS64501 Exa?[1mple \xc3\xa4 ?");
    is_at(geo, "192.0.2.1", "DE", "AS64501 Exa?[1mple \xc3\xa4 ?");
    assert_string_equal(tt_geo_source(geo, 1), "Example Lite 2024-05-01");
    assert_null(tt_geo_source(geo, 2));
    tt_geo_free(geo);
    (void)unlink(nested);
    (void)unlink(flat);
}

static void addresses_that_have_no_place(void **state)
{
    (void)state;
    char flat[] = "/tmp/geo-XXXXXX";
    write_flat(flat);
    const char *paths[] = {flat};
    struct tt_geo *geo = open_geo(paths, 1);
    is_at(geo, "02:00:00:00:00:01", "", "");
    is_at(geo, "224.0.0.251", "", "");
    is_at(geo, "fe80::1", "", "");
    struct tt_geo_place place;
    tt_geo_find(geo, (struct tt_addr){0}, &place);
    assert_string_equal(place.country, "");
    tt_geo_free(geo);
    (void)unlink(flat);
}

static void files_that_cannot_be_used(void **state)
{
    (void)state;
    struct tt_geo *geo = NULL;
    struct tt_error error = {0};
    const char *missing[] = {"/tmp/there-is-no-such-file.mmdb"};
    assert_int_equal(tt_geo_new(missing, 1, &geo, &error), TT_ERR_IO);
    assert_non_null(strstr(error.text, missing[0]));
    assert_null(geo);

    char path[] = "/tmp/geo-XXXXXX";
    mmdb_put_file(path, tt_span_str("16777216,16777471,AU\n"));
    const char *wrong[] = {path};
    error = (struct tt_error){0};
    assert_int_equal(tt_geo_new(wrong, 1, &geo, &error), TT_ERR_FORMAT);
    assert_non_null(strstr(error.text, path));
    assert_null(geo);
    (void)unlink(path);
}

/* A damaged file may be refused or give nonsense, but nothing worse. */
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    char good[] = "/tmp/geo-XXXXXX";
    write_flat(good);
    uint8_t bytes[8192];
    FILE *file = fopen(good, "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file);
    (void)unlink(good);
    for (size_t at = 0; at < len; at += 3) {
        char path[] = "/tmp/geo-XXXXXX";
        uint8_t kept = bytes[at];
        bytes[at] ^= 0x5a;
        mmdb_put_file(path, tt_span_of(bytes, len));
        bytes[at] = kept;
        const char *paths[] = {path};
        struct tt_geo *geo = NULL;
        if (tt_geo_new(paths, 1, &geo, NULL) == TT_OK) {
            struct tt_geo_place place;
            tt_geo_find(geo, addr("198.51.100.7"), &place);
            assert_true(strlen(place.country) < sizeof(place.country));
            assert_true(strlen(place.network) < sizeof(place.network));
        }
        tt_geo_free(geo);
        (void)unlink(path);
    }
}

/* ---- the text files ---- */

static const char text_v4[] = "# This file has been converted\n"
                              "#\n"
                              "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n"
                              "#\n"
                              "3221225984,3221226239,FI\n" /* 192.0.2.0/24 */
                              "3325256704,3325256959,CN\n" /* 198.51.100.0/24 */
                              "3405803776,3405803783,SG\n" /* 203.0.113.0/29 */
                              "3405803784,3405803791,??\n"
                              "nonsense\n"
                              "5,4,DE\n"
                              "99999999999,99999999999,DE\n";

static const char text_v6[] = "2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,JP\n"
                              "2001:db8:2::,2001:db8:2:ffff:ffff:ffff:ffff:ffff,NL\n";

static void country_is(struct tt_geo_text *text, const char *address, const char *wanted)
{
    char country[3] = "";
    bool found = tt_geo_text_find(text, addr(address), country);
    assert_true(found == (wanted != NULL));
    if (wanted != NULL)
        assert_string_equal(country, wanted);
}

static void text_ranges(void **state)
{
    (void)state;
    char v4[] = "/tmp/geoip-XXXXXX";
    char v6[] = "/tmp/geoip-XXXXXX";
    mmdb_put_file(v4, tt_span_str(text_v4));
    mmdb_put_file(v6, tt_span_str(text_v6));
    struct tt_geo_text *text = NULL;
    assert_int_equal(tt_geo_text_new(v4, v6, &text), TT_OK);
    country_is(text, "192.0.1.255", NULL);
    country_is(text, "192.0.2.0", "FI");
    country_is(text, "192.0.2.255", "FI");
    country_is(text, "192.0.3.0", NULL);
    country_is(text, "198.51.100.7", "CN");
    country_is(text, "203.0.113.7", "SG");
    country_is(text, "203.0.113.8", NULL);
    country_is(text, "255.255.255.255", NULL);
    country_is(text, "2001:db7:ffff::", NULL);
    country_is(text, "2001:db8::", "JP");
    country_is(text, "2001:db8:0:ffff:ffff:ffff:ffff:ffff", "JP");
    country_is(text, "2001:db8:1::", NULL);
    country_is(text, "2001:db8:2::1", "NL");
    country_is(text, "02:00:00:00:00:01", NULL);
    tt_geo_text_free(text);
    (void)unlink(v4);
    (void)unlink(v6);
}

static void text_that_is_out_of_order(void **state)
{
    (void)state;
    char v4[] = "/tmp/geoip-XXXXXX";
    mmdb_put_file(v4, tt_span_str("3405803776,3405803783,SG\n3221225984,3221226239,FI\n"));
    struct tt_geo_text *text = NULL;
    assert_int_equal(tt_geo_text_new(v4, "/tmp/there-is-no-such-file", &text), TT_OK);
    country_is(text, "192.0.2.9", "FI");
    country_is(text, "203.0.113.1", "SG");
    country_is(text, "2001:db8::", NULL);
    tt_geo_text_free(text);
    (void)unlink(v4);
}

static void text_dates(void **state)
{
    (void)state;
    char v4[] = "/tmp/geoip-XXXXXX";
    mmdb_put_file(v4, tt_span_str(text_v4));
    struct tt_geo_text *text = NULL;
    assert_int_equal(tt_geo_text_new(v4, "/tmp/there-is-no-such-file", &text), TT_OK);
    assert_string_equal(tt_geo_text_date(text), "2026-06-25");
    tt_geo_text_free(text);

    /* Without a date of its own: when it was changed, which is before the other's here. */
    char v6[] = "/tmp/geoip-XXXXXX";
    mmdb_put_file(v6, tt_span_str(text_v6));
    text = NULL;
    assert_int_equal(tt_geo_text_new("/tmp/there-is-no-such-file", v6, &text), TT_OK);
    assert_int_equal(strlen(tt_geo_text_date(text)), 10);
    assert_true(strcmp(tt_geo_text_date(text), "2020-01-01") > 0);
    tt_geo_text_free(text);
    (void)unlink(v4);
    (void)unlink(v6);
}

static void no_text_files_no_source(void **state)
{
    (void)state;
    struct tt_geo_text *text = NULL;
    assert_int_equal(tt_geo_text_new("/tmp/no-such-a", "/tmp/no-such-b", &text), TT_OK);
    assert_null(text);
    /* Whatever is installed here: the default opens, and names what it has. */
    struct tt_geo *geo = open_geo(NULL, 0);
    const char *source = tt_geo_source(geo, 0);
    assert_true(source == NULL || strncmp(source, "tor-geoipdb ", 12) == 0);
    is_at(geo, "10.0.0.1", "", "");
    tt_geo_free(geo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_records),
        cmocka_unit_test(addresses_that_have_no_place),
        cmocka_unit_test(files_that_cannot_be_used),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(text_ranges),
        cmocka_unit_test(text_that_is_out_of_order),
        cmocka_unit_test(text_dates),
        cmocka_unit_test(no_text_files_no_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
