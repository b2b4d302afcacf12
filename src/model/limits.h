/* Every cap of telltale by name, with its reason. What an attacker could make grow stops here;
 * whoever reaches a cap writes a note into the coverage ledger. `telltale list limits` prints this
 * table.
 *
 * One line a limit: X(name, value, unit, why). */
#ifndef TT_MODEL_LIMITS_H
#define TT_MODEL_LIMITS_H

#define TT_LIMITS(X)                                                                               \
    /* capture */                                                                                  \
    X(TT_FRAME_MAX, 16777216, "bytes", "largest packet or block body taken from a capture file")   \
    X(TT_SECTION_INTERFACES_MAX, 65536, "interfaces", "interfaces of one pcapng section")          \
    X(TT_SECRETS_MAX, 67108864, "bytes", "decryption secrets kept from one capture")               \
    X(TT_WINDOW_BYTES, 16777216, "bytes", "part of a capture file mapped at a time")               \
    /* net */                                                                                      \
    X(TT_TUNNEL_DEPTH_MAX, 16, "layers",                                                           \
      "headers inside headers of one frame (VLAN, IPv6, tunnels)")                                 \
    X(TT_FLOWS_MAX, 1048576, "flows", "flows open at the same time; the oldest is closed first")   \
    X(TT_FLOW_IDLE_SECONDS, 600, "s", "capture time after which a silent flow is closed")          \
    X(TT_REORDER_FLOW_MAX, 1048576, "bytes",                                                       \
      "out-of-order bytes held for one direction of a flow")                                       \
    X(TT_REORDER_ALL_MAX, 33554432, "bytes", "out-of-order bytes held for all flows together")     \
    X(TT_REORDER_SEGMENTS_MAX, 4096, "segments", "out-of-order segments held for one direction")   \
    X(TT_FRAGMENTS_MAX, 4096, "datagrams", "IP datagrams being put together at the same time")     \
    X(TT_FRAGMENT_BYTES_MAX, 16777216, "bytes", "bytes held in IP fragments")                      \
    X(TT_FRAGMENT_SECONDS, 30, "s", "capture time that an IP datagram may take to arrive")         \
    X(TT_ENDPOINTS_MAX, 262144, "addresses", "addresses counted to tell which side is the device") \
    /* proto */                                                                                    \
    X(TT_PROBE_MAX, 64, "bytes", "start of a flow held until a protocol is recognised")            \
    X(TT_HTTP_HEADER_MAX, 65536, "bytes", "header block of one HTTP message")                      \
    X(TT_HTTP_LINE_MAX, 16384, "bytes", "chunk-size line, and text skipped before a start line")   \
    X(TT_HTTP_PIPELINE_MAX, 1024, "requests", "requests waiting for their responses on one flow")  \
    X(TT_DNS_NAME_JUMPS_MAX, 128, "jumps", "compression pointers followed in one DNS name")        \
    X(TT_DNS_RECORDS_MAX, 4096, "records", "records read from one DNS message")                    \
    X(TT_NAMES_MAX, 262144, "names", "names learned for addresses")                                \
    /* content */                                                                                  \
    X(TT_DEPTH_MAX, 16, "bodies", "bodies inside bodies")                                          \
    X(TT_BODY_PROBE_MAX, 64, "bytes", "start of a body held until its coding is recognised")       \
    X(TT_EXPANSION_BYTES_MAX, 268435456, "bytes", "bytes unwrapped from one message or stream")    \
    X(TT_EXPANSION_RATIO_MAX, 1100, "times", "bytes unwrapped per byte on the wire (zlib: 1032)")  \
    X(TT_EXPANSION_FREE_BYTES, 1048576, "bytes", "unwrapped before the ratio is looked at")        \
    X(TT_CHILDREN_MAX, 1048576, "bodies", "inner bodies opened in one message or stream")          \
    X(TT_JSON_DEPTH_MAX, 128, "levels", "containers inside containers of one JSON text")           \
    X(TT_PATH_MAX, 512, "bytes", "one step of a path, as text")                                    \
    X(TT_PATH_STEPS_MAX, 64, "steps", "steps of one path")                                         \
    X(TT_TOKEN_MIN, 16, "characters",                                                              \
      "shortest run that may be base64 or hexadecimal of something")                               \
    /* identify */                                                                                 \
    X(TT_SHEET_BYTES_MAX, 67108864, "bytes", "a subject sheet or vCard file")                      \
    X(TT_IDENTIFIERS_MAX, 1048576, "identifiers", "entries of one subject sheet")                  \
    X(TT_FORM_MAX, 1024, "bytes", "longest written form that is searched for")                     \
    X(TT_FORM_MIN, 3, "bytes", "shortest written form that is searched for")                       \
    X(TT_PATTERNS_MAX, 1048576, "patterns", "literals in one pattern database")                    \
    X(TT_HITS_PENDING_MAX, 4096, "hits", "hits held until their body ends")                        \
    /* judge */                                                                                    \
    X(TT_FINDINGS_MAX, 1048576, "findings", "different findings of one test")                      \
    X(TT_FINDING_FRAMES_MAX, 64, "frames", "frames listed with one finding")                       \
    X(TT_FINDING_FLOWS_MAX, 64, "flows", "flows listed with one finding")                          \
    X(TT_DESTINATIONS_MAX, 262144, "destinations", "rows of the coverage ledger")                  \
    X(TT_NOTES_MAX, 4096, "notes", "different notes kept; more of the same are counted")           \
    X(TT_POLICY_BYTES_MAX, 4194304, "bytes", "a policy or timeline file")                          \
    X(TT_CLAUSES_MAX, 4096, "clauses", "clauses of one policy")                                    \
    X(TT_PHASES_MAX, 4096, "entries", "phases, purposes, consents or events of one timeline")      \
    /* store */                                                                                    \
    X(TT_MESSAGES_MAX, 67108864, "messages", "rows of a message listing")

enum tt_limit_value {
#define TT_LIMIT_ENUM(name, value, unit, why) name = (value),
    TT_LIMITS(TT_LIMIT_ENUM)
#undef TT_LIMIT_ENUM
};

#endif
