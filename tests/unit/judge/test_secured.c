/* What TLS says of destinations: counted together where it is the same, told apart where not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/secured.h"
#include "model/frame.h"

#include <stdio.h>

static const char *const captures[] = {"a.pcap", "b.pcap"};

struct scene {
    struct tt_subject subject;
    struct tt_addr device;
    struct tt_texts *texts;
    struct tt_names *names;
    struct tt_sides *sides;
    struct tt_secured *secured;
    uint64_t flows;
};

static struct tt_addr addr(const char *text)
{
    struct tt_addr addr;
    assert_true(tt_addr_parse(text, &addr));
    return addr;
}

static void begin(struct scene *scene)
{
    *scene = (struct scene){.device = addr("192.0.2.23")};
    scene->subject.addresses = &scene->device;
    scene->subject.address_count = 1;
    scene->texts = tt_texts_new();
    scene->names = tt_names_new(scene->texts);
    scene->sides = tt_sides_new(&scene->subject);
    scene->secured = tt_secured_new();
    assert_true(scene->names != NULL && scene->sides != NULL && scene->secured != NULL);
}

static void end(struct scene *scene)
{
    tt_secured_free(scene->secured);
    tt_sides_free(scene->sides);
    tt_names_free(scene->names);
    tt_texts_free(scene->texts);
}

static struct tt_flow flow_of(struct scene *scene, const char *client, const char *server,
                              uint32_t capture)
{
    struct tt_flow flow = {.id = ++scene->flows,
                           .capture = capture,
                           .transport = TT_TRANSPORT_TCP,
                           .initiator_known = true};
    flow.ends[0] = (struct tt_endpoint){.addr = addr(client), .port = 50000};
    flow.ends[1] = (struct tt_endpoint){.addr = addr(server), .port = 443};
    flow.first_frame = tt_frame_id(capture, 10 * flow.id);
    assert_int_equal(tt_sides_flow(scene->sides, &flow), TT_OK);
    return flow;
}

static const struct tt_tls_facts client = {
    .server_name = "api.example", .ja4 = "t13d", .alpn_offered = "h2\nhttp/1.1"};
static const struct tt_tls_facts server = {.version = "tls1.3", .cipher = "TLS_AES_128_GCM_SHA256"};
static const struct tt_tls_facts chosen = {.alpn = "h2"};

static struct tt_tls_facts certificate_of(const char *organisation, const char *country)
{
    return (struct tt_tls_facts){.has_certificate = true,
                                 .certificate = {.subject = "CN=api.example",
                                                 .issuer = "CN=Example CA",
                                                 .organisation = organisation,
                                                 .country = country,
                                                 .names = "api.example",
                                                 .not_before = -1,
                                                 .not_after = 253402300799}};
}

static struct tt_said *say(struct scene *scene, const struct tt_flow *flow, struct tt_said *said,
                           const struct tt_tls_facts *facts)
{
    assert_int_equal(tt_secured_take(scene->secured, flow, "tls", facts, &said), TT_OK);
    assert_non_null(said);
    return said;
}

/* A whole handshake; the texts are gone afterwards. */
static void connect(struct scene *scene, const char *from, const char *to, uint32_t capture,
                    const char *organisation)
{
    char text[32];
    struct tt_flow flow = flow_of(scene, from, to, capture);
    (void)snprintf(text, sizeof(text), "%s", organisation);
    const struct tt_tls_facts certificate = certificate_of(text, "SG");
    struct tt_said *said = say(scene, &flow, NULL, &client);
    said = say(scene, &flow, said, &server);
    said = say(scene, &flow, said, &chosen);
    (void)say(scene, &flow, said, &certificate);
    memset(text, 'x', sizeof(text) - 1);
}

static void settle(struct scene *scene)
{
    assert_int_equal(tt_sides_settle(scene->sides), TT_OK);
    assert_int_equal(tt_secured_settle(scene->secured, scene->sides, scene->names, captures, 2),
                     TT_OK);
}

static void test_rows(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    connect(&scene, "192.0.2.23", "198.51.100.7", 0, "Example");
    connect(&scene, "192.0.2.23", "198.51.100.7", 0, "Example");
    connect(&scene, "192.0.2.23", "198.51.100.7", 1, "Example"); /* another capture: no matter */
    connect(&scene, "192.0.2.23", "198.51.100.7", 1, "Else");
    connect(&scene, "192.0.2.50", "198.51.100.7", 0, "Other");
    settle(&scene);
    assert_int_equal(tt_secured_count(scene.secured), 3);
    const struct tt_tls_row *row = tt_secured_at(scene.secured, 0);
    assert_string_equal(row->protocol, "tls");
    assert_string_equal(row->host, "api.example");
    assert_true(tt_addr_eq(row->address, addr("198.51.100.7")));
    assert_int_equal(row->port, 443);
    assert_int_equal(row->heading, TT_HEADING_SENT);
    assert_int_equal(row->scope, TT_ADDR_SCOPE_INTERNET);
    assert_int_equal(row->connections, 3);
    assert_string_equal(row->capture, "a.pcap");
    assert_int_equal(row->flow, 1);
    assert_int_equal(row->frame, 10);
    assert_string_equal(row->facts.version, "tls1.3");
    assert_string_equal(row->facts.cipher, "TLS_AES_128_GCM_SHA256");
    assert_string_equal(row->facts.ja4, "t13d");
    assert_string_equal(row->facts.alpn_offered, "h2\nhttp/1.1");
    assert_string_equal(row->facts.alpn, "h2");
    assert_true(row->facts.has_certificate);
    assert_string_equal(row->facts.certificate.organisation, "Example");
    assert_string_equal(row->facts.certificate.country, "SG");
    assert_null(row->facts.certificate.state);
    assert_true(row->facts.certificate.not_before == -1);
    assert_string_equal(tt_secured_at(scene.secured, 1)->facts.certificate.organisation, "Else");
    assert_string_equal(tt_secured_at(scene.secured, 1)->capture, "b.pcap");
    assert_int_equal(tt_secured_at(scene.secured, 2)->heading, TT_HEADING_BETWEEN);
    end(&scene);
}

/* What was said first stays; a connection that says no more is a row of its own. */
static void test_first(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    connect(&scene, "192.0.2.23", "198.51.100.7", 0, "Example");
    struct tt_flow flow = flow_of(&scene, "192.0.2.23", "198.51.100.7", 0);
    const struct tt_tls_facts later = {.server_name = "later.example", .ja4 = "t12i"};
    struct tt_said *said = say(&scene, &flow, NULL, &client);
    assert_ptr_equal(say(&scene, &flow, said, &later), said);
    settle(&scene);
    assert_int_equal(tt_secured_count(scene.secured), 2);
    const struct tt_tls_row *row = tt_secured_at(scene.secured, 0);
    bool whole = row->facts.has_certificate;
    row = tt_secured_at(scene.secured, whole ? 1 : 0);
    assert_int_equal(row->connections, 1);
    assert_int_equal(row->flow, 2); /* the first one went on */
    assert_string_equal(row->facts.server_name, "api.example");
    assert_string_equal(row->facts.ja4, "t13d");
    assert_null(row->facts.version);
    assert_false(row->facts.has_certificate);
    end(&scene);
}

/* A server without a name in the hello goes by what DNS said. */
static void test_name(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    const struct tt_name_record record = {
        .source = TT_NAME_DNS, .frame = 1, .addr = addr("198.51.100.9"), .name = "dns.example"};
    assert_int_equal(tt_names_add(scene.names, &record), TT_OK);
    struct tt_flow flow = flow_of(&scene, "192.0.2.23", "198.51.100.9", 0);
    (void)say(&scene, &flow, NULL, &server);
    flow = flow_of(&scene, "192.0.2.23", "198.51.100.10", 0);
    (void)say(&scene, &flow, NULL, &server);
    settle(&scene);
    assert_int_equal(tt_secured_count(scene.secured), 2);
    assert_string_equal(tt_secured_at(scene.secured, 0)->host, "dns.example");
    assert_null(tt_secured_at(scene.secured, 1)->host);
    end(&scene);
}

static void test_cap(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    struct tt_flow flow = flow_of(&scene, "192.0.2.23", "198.51.100.7", 0);
    struct tt_said *said = NULL;
    for (unsigned i = 0; i <= TT_SECURED_MAX; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "n%u.example", i);
        const struct tt_tls_facts facts = {.server_name = name};
        said = NULL;
        enum tt_err want = i < TT_SECURED_MAX ? TT_OK : TT_ERR_LIMIT;
        assert_int_equal(tt_secured_take(scene.secured, &flow, "tls", &facts, &said), want);
    }
    assert_null(said);
    settle(&scene);
    assert_int_equal(tt_secured_count(scene.secured), TT_SECURED_MAX);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
