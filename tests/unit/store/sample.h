/* Rows for the tests of this folder, and the folder they write into. */
#ifndef TEST_STORE_SAMPLE_H
#define TEST_STORE_SAMPLE_H

#include "store/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A new folder; remove it with folder_remove. */
static inline char *folder_make(void)
{
    static const char template[] = "/tmp/telltale-store-XXXXXX";
    char *folder = malloc(sizeof(template));
    if (folder == NULL)
        abort();
    memcpy(folder, template, sizeof(template));
    if (mkdtemp(folder) == NULL)
        abort();
    return folder;
}

static inline const char *folder_path(const char *folder, const char *name, char path[256])
{
    (void)snprintf(path, 256, "%s/%s", folder, name);
    return path;
}

static inline struct tt_addr sample_addr(const char *text)
{
    struct tt_addr addr;
    if (!tt_addr_parse(text, &addr))
        abort();
    return addr;
}

static const char *const sample_transform[] = {"md5", "hex"};
static const char *const sample_path[] = {"http.request.body", "gzip", "json:$.d.k"};
static const struct tt_proof_step sample_proof[] = {
    {"http.request.body", 312, 188, false}, {"gzip", 0, 402, false}, {"json:$.d.k", 37, 32, false}};
static const struct tt_destination_name sample_names[] = {{"api.example.com", "http"},
                                                          {"api.example.com", "dns"}};
static const uint64_t sample_flows[] = {17, 21};
static const uint64_t sample_frames[] = {812, 815};
static const char *const sample_clauses[] = {"boxed-1", "in-the-open"};

static inline struct tt_finding sample_finding(void)
{
    return (struct tt_finding){
        .identifier = 3,
        .kind = "imei",
        .owner = "device",
        .label = "imei[0]",
        .masked = "35824005\xe2\x80\xa2\xe2\x80\xa2",
        .form = "digits",
        .transform = sample_transform,
        .transform_count = 2,
        .path = sample_path,
        .path_count = 3,
        .proof = sample_proof,
        .proof_count = 3,
        .certainty = TT_PROVEN,
        .chance = 3.1e-11,
        .reversal_cost = 1e6,
        .protocol = "http",
        .heading = TT_HEADING_SENT,
        .scope = TT_ADDR_SCOPE_INTERNET,
        .host = "api.example.com",
        .host_source = "http",
        .names = sample_names,
        .name_count = 2,
        .address = sample_addr("198.51.100.7"),
        .port = 80,
        .country = "CN",
        .network = "AS64500 Example",
        .app = "com.example.game",
        .encryption = "tls1.3",
        .cipher = "TLS_AES_128_GCM_SHA256",
        .opened_with = "keylog",
        .first_seen = UINT64_C(1407402602123456789),
        .last_seen = UINT64_C(1407402603000000000),
        .count = 3,
        .capture = "capture.pcapng",
        .flows = sample_flows,
        .flow_count = 2,
        .frames = sample_frames,
        .frames_listed = 2,
        .frame_count = 2,
        .phase = "boxed",
        .consent = TT_CONSENT_NOT_GIVEN,
        .verdict = TT_VERDICT_VIOLATION,
        .clauses = sample_clauses,
        .clause_count = 2,
        .severity = "high",
        .domain = "example.com",
        .organisation = "Example",
        .party = TT_PARTY_THIRD,
        .purpose = "cloud messaging",
    };
}

/* Everything NULL or empty that may be. */
static inline struct tt_finding bare_finding(void)
{
    return (struct tt_finding){
        .kind = "ssid",
        .owner = "device",
        .label = "ssid",
        .masked = "",
        .form = "text",
        .protocol = "ethernet",
        .heading = TT_HEADING_UNKNOWN,
        .scope = TT_ADDR_SCOPE_LINK,
        .encryption = "none",
        .capture = "a.pcap",
        .consent = TT_CONSENT_UNKNOWN,
        .verdict = TT_VERDICT_UNDECIDED,
        .severity = "info",
    };
}

static inline struct tt_case_info sample_info(void)
{
    return (struct tt_case_info){
        .tool_version = "0.1.0",
        .device_name = "Redmi 1S",
        .device_firmware = NULL,
        .subject_digest = "00ff",
        .policy_name = "default",
        .geo_sources = "tor-geoipdb 2024-05-01\nother",
        .timeline_json = "{\"phases\":[]}",
        .searched_bytes = 123456,
        .identifier_count = 14,
        .weak_count = 2,
        .verdict = TT_VERDICT_VIOLATION,
        .interrupted = true,
        .unattributed_duplicate = 5,
        .unattributed_overhead = 6,
        .key_count = 7,
        .recipes = "acme-xor 00112233445566ff",
    };
}

#endif
