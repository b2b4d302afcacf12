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
    X(TT_EVENTS_MAX, 4096, "events", "comments and journal entries kept from one capture")         \
    X(TT_EVENT_TEXT_MAX, 1024, "bytes", "text of one comment or journal entry")                    \
    X(TT_CAPTURE_APPS_MAX, 4096, "apps", "apps that one capture names, and their numbers")         \
    X(TT_APP_NAME_MAX, 128, "bytes", "name of an app in a capture")                                \
    X(TT_PROCESSES_MAX, 65536, "processes", "processes of one pcapng section")                     \
    X(TT_NAME_TEXT_MAX, 255, "bytes", "name of an address in a capture")                           \
    X(TT_ENTERPRISES_MAX, 16, "numbers",                                                           \
      "private enterprise numbers of custom blocks that are told apart")                           \
    X(TT_SECRETS_MAX, 67108864, "bytes", "decryption secrets kept from one capture")               \
    X(TT_SPOOL_MAX, 1073741824, "bytes",                                                           \
      "kept of pipes for a second reading, unless --spool says otherwise")                         \
    X(TT_APPS_MAX, 65536, "apps", "different names of apps kept from captures")                    \
    X(TT_HAR_ENTRY_MAX, 67108864, "bytes", "one entry of a HAR file")                              \
    X(TT_HAR_BODY_MAX, 16777216, "bytes", "body written into a HAR file")                          \
    X(TT_HAR_BODIES_ALL_MAX, 268435456, "bytes",                                                   \
      "heads and bodies that wait to be written into a HAR file")                                  \
    X(TT_HAR_WAITING_MAX, 65536, "exchanges", "requests that wait for the same")                   \
    X(TT_WINDOW_BYTES, 16777216, "bytes", "part of a capture file mapped at a time")               \
    X(TT_WRAPPING_RATIO_MAX, 500, "times",                                                         \
      "bytes unwrapped per byte of a compressed capture file")                                     \
    X(TT_WRAPPING_FREE_BYTES, 268435456, "bytes", "unwrapped before that ratio is looked at")      \
    X(TT_WRAPPING_DEPTH_MAX, 4, "layers", "compressions of a capture file, one inside the other")  \
    X(TT_WRAPPING_WINDOW_LOG_MAX, 27, "bits",                                                      \
      "memory that a zstd file around a capture may ask for: 128 MiB")                             \
    X(TT_WRAPPING_XZ_BYTES_MAX, 134217728, "bytes",                                                \
      "memory that an xz file around a capture may ask for")                                       \
    X(TT_RESYNC_BYTES, 1048576, "bytes",                                                           \
      "looked at together to find packets behind a damaged place")                                 \
    /* net */                                                                                      \
    X(TT_TUNNEL_DEPTH_MAX, 32, "layers",                                                           \
      "headers inside headers of one frame (VLAN, IPv6, tunnels)")                                 \
    X(TT_FLOWS_MAX, 1048576, "flows", "flows open at the same time; the oldest is closed first")   \
    X(TT_FLOW_IDLE_SECONDS, 600, "s", "capture time after which a silent flow is closed")          \
    X(TT_FLOW_LINGER_SECONDS, 10, "s",                                                             \
      "capture time that an ended TCP connection waits for late packets")                          \
    X(TT_REORDER_FLOW_MAX, 1048576, "bytes",                                                       \
      "out-of-order bytes held for one direction of a flow")                                       \
    X(TT_REORDER_ALL_MAX, 33554432, "bytes", "out-of-order bytes held for all flows together")     \
    X(TT_REORDER_SEGMENTS_MAX, 4096, "segments", "out-of-order segments held for one direction")   \
    X(TT_FRAGMENTS_MAX, 4096, "datagrams", "IP datagrams being put together at the same time")     \
    X(TT_FRAGMENT_BYTES_MAX, 16777216, "bytes", "bytes held in IP fragments")                      \
    X(TT_FRAGMENT_SECONDS, 30, "s", "capture time that an IP datagram may take to arrive")         \
    X(TT_WLAN_SEEN_MAX, 4096, "frames",                                                            \
      "802.11 frames remembered to know those that are sent again")                                \
    X(TT_WLAN_FRAGMENTED_MAX, 64, "frames",                                                        \
      "802.11 frames and CAPWAP packets being put together at the same time")                      \
    X(TT_WLAN_FRAME_MAX, 65535, "bytes", "such a frame, put together")                             \
    X(TT_SCTP_BYTES_MAX, 16777216, "bytes",                                                        \
      "fragments of SCTP messages, and numbers of SCTP chunks, of all flows")                      \
    X(TT_SCTP_MESSAGE_MAX, 1048576, "bytes", "fragments of SCTP messages held for one direction")  \
    X(TT_SCTP_FRAGMENTS_MAX, 1024, "chunks", "the same, counted")                                  \
    X(TT_SCTP_MESSAGES_MAX, 64, "messages",                                                        \
      "interleaved SCTP messages being put together for one direction")                            \
    X(TT_SCTP_CHUNKS_MAX, 1024, "chunks",                                                          \
      "recent SCTP chunks of one direction that a retransmission is told from")                    \
    X(TT_DUPLICATE_PACKETS_MAX, 4096, "packets", "recent packets that a duplicate is told from")   \
    X(TT_DUPLICATE_MICROSECONDS, 5000, "us", "between an IPv4 packet and its duplicate")           \
    X(TT_DUPLICATE_UNNUMBERED_MICROSECONDS, 100, "us",                                             \
      "the same where no identification tells it from a repetition")                               \
    X(TT_ENDPOINTS_MAX, 262144, "addresses", "addresses counted to tell which side is the device") \
    /* decrypt */                                                                                  \
    X(TT_KEY_FILE_MAX, 268435456, "bytes", "a key log or private key")                             \
    X(TT_KEYS_MAX, 1048576, "secrets", "kept from key logs and captures")                          \
    X(TT_KEY_RIVALS_MAX, 4, "secrets", "of one place, as key logs contradict: tried in turn")      \
    X(TT_KEYLOG_LINE_MAX, 4096, "bytes", "one line of a key log")                                  \
    X(TT_PSKS_MAX, 64, "keys", "pre-shared keys")                                                  \
    X(TT_PRIVATE_KEYS_MAX, 64, "keys", "RSA private keys")                                         \
    X(TT_TLS_MESSAGE_MAX, 131072, "bytes", "one TLS handshake message")                            \
    X(TT_TLS_AHEAD_MAX, 65536, "bytes",                                                            \
      "of a server, held where its hello stands before the client's in a capture")                 \
    X(TT_DTLS_FRAGMENTS_MAX, 256, "fragments", "of DTLS handshake messages that wait for others")  \
    X(TT_JA4_ITEMS_MAX, 1024, "numbers", "suites or extensions of a client hello in its JA4")      \
    X(TT_ALPN_TEXT_MAX, 1024, "bytes", "of the application protocols that one client offers")      \
    X(TT_TLS_HELD_MAX, 67108864, "bytes",                                                          \
      "records and handshake messages of encrypted connections that are not whole yet")            \
    X(TT_TLS_SESSIONS_MAX, 65536, "sessions", "TLS sessions kept to open those that resume them")  \
    X(TT_TLS_INFLATES_MAX, 256, "directions", "compressed TLS connections open at once")           \
    X(TT_TLS_CONTEXTS_MAX, 4096, "directions",                                                     \
      "of TLS connections whose ciphers are ready; others make them anew when they go on")         \
    X(TT_TLS_NESTING_MAX, 8, "connections", "TLS inside TLS that is opened")                       \
    X(TT_TLS_TRIES_MAX, 4096, "numbers", "sequence numbers tried behind a gap")                    \
    X(TT_TLS_TRIES_BYTES_MAX, 67108864, "bytes",                                                   \
      "decrypted in vain for one direction of a connection")                                       \
    X(TT_QUIC_AHEAD_MAX, 1048576, "bytes",                                                         \
      "of QUIC datagrams that stand before their client's hello in a capture")                     \
    X(TT_QUIC_AHEAD_DATAGRAMS_MAX, 16, "datagrams", "the same of one flow")                        \
    X(TT_QUIC_CONNECTIONS_MAX, 131072, "connections",                                              \
      "QUIC connections open at once; the one that was silent longest is given up first")          \
    X(TT_QUIC_CIDS_MAX, 16, "ids", "connection IDs remembered of one QUIC connection")             \
    X(TT_QUIC_PATHS_MAX, 8, "flows", "flows that one QUIC connection goes on over")                \
    X(TT_QUIC_STREAMS_MAX, 524288, "streams", "QUIC streams under way at once")                    \
    X(TT_QUIC_SKIPPED_MAX, 32, "streams",                                                          \
      "streams of one kind of a QUIC connection that may begin after a later one")                 \
    X(TT_QUIC_CHANNELS_MAX, 256, "streams",                                                        \
      "of one QUIC connection read at once, where it carries no HTTP/3")                           \
    X(TT_QUIC_HELD_STREAM_MAX, 1048576, "bytes",                                                   \
      "of one direction of a QUIC stream that wait for what precedes them")                        \
    X(TT_QUIC_PIECES_MAX, 2048, "pieces", "of QUIC streams that wait, counted")                    \
    X(TT_QUIC_HELD_MAX, 67108864, "bytes", "held for all QUIC streams and handshakes together")    \
    X(TT_QUIC_GAP_SECONDS, 3, "s", "capture time that a QUIC stream waits for missing bytes")      \
    X(TT_QUIC_NUMBERS_TRIED_MAX, 16, "numbers", "packet numbers tried for one QUIC packet")        \
    X(TT_QUIC_GUESSES_MAX, 65536, "secrets",                                                       \
      "tried in a run for QUIC connections whose client hello was not seen")                       \
    X(TT_QUIC_GUESSED_PACKETS_MAX, 4, "packets", "of one such connection that they are tried on")  \
    X(TT_QUIC_TRIES_BYTES_MAX, 16777216, "bytes",                                                  \
      "decrypted in vain for one QUIC connection, first tries apart")                              \
    /* proto */                                                                                    \
    X(TT_PROBE_MAX, 64, "bytes", "start of a flow held until a protocol is recognised")            \
    X(TT_PROBE_CHUNKS_MAX, 64, "chunks", "the same of both directions, counted")                   \
    X(TT_PROBES_MAX, 8, "protocols",                                                               \
      "one after the other in one conversation (CONNECT, Upgrade, STARTTLS)")                      \
    X(TT_CHANNELS_DEPTH_MAX, 16, "conversations",                                                  \
      "inside conversations (CONNECT, WebSocket, TLS)")                                            \
    X(TT_ANNOUNCED_MAX, 256, "connections",                                                        \
      "announced by a conversation (FTP) and expected at the same time")                           \
    X(TT_HTTP_HEADER_MAX, 65536, "bytes", "header block of one HTTP message")                      \
    X(TT_HEADERS_ALL_MAX, 134217728, "bytes",                                                      \
      "unfinished header blocks, hellos and messages, and waiting requests, of all flows "         \
      "together")                                                                                  \
    X(TT_HTTP_LINE_MAX, 16384, "bytes", "chunk-size line, and text skipped before a start line")   \
    X(TT_HTTP_PIPELINE_MAX, 1024, "requests", "requests waiting for their responses on one flow")  \
    X(TT_HTTP_PIPELINE_BYTES_MAX, 262144, "bytes", "URLs and hosts of those requests")             \
    X(TT_HTTP_STREAMS_MAX, 1024, "streams", "of one HTTP/2 or HTTP/3 connection open at once")     \
    X(TT_HTTP3_HELD_MAX, 1048576, "bytes",                                                         \
      "of an HTTP/3 connection, behind header blocks that wait for their table")                   \
    X(TT_HPACK_TABLE_MAX, 262144, "bytes", "dynamic table of one direction of HPACK or QPACK")     \
    X(TT_HPACK_RATIO_MAX, 256, "times", "text of header blocks per byte on the wire")              \
    X(TT_HPACK_FREE_BYTES, 1048576, "bytes", "such text of a connection before that is looked at") \
    X(TT_MQTT_PACKET_MAX, 524288, "bytes", "MQTT packet, but for the payload of a PUBLISH")        \
    X(TT_MQTT_ALIASES_MAX, 256, "topics", "with an alias, in one direction of MQTT")               \
    X(TT_WEBSOCKET_RATIO_MAX, 256, "times",                                                        \
      "text of compressed WebSocket messages per byte on the wire")                                \
    X(TT_WEBSOCKET_FREE_BYTES, 16777216, "bytes",                                                  \
      "such text of one direction before that is looked at")                                       \
    X(TT_LINE_MAX, 16384, "bytes", "one line of a protocol of mail or files")                      \
    X(TT_STANZA_MAX, 65536, "bytes", "one element of an XMPP stream, or message of LDAP")          \
    X(TT_DNS_NAME_JUMPS_MAX, 128, "jumps", "compression pointers followed in one DNS name")        \
    X(TT_DNS_RECORDS_MAX, 4096, "records", "records read from one DNS message")                    \
    X(TT_NAMES_MAX, 262144, "names", "names learned for addresses")                                \
    /* content */                                                                                  \
    X(TT_DEPTH_MAX, 16, "bodies", "bodies inside bodies")                                          \
    X(TT_BODY_PROBE_MAX, 512, "bytes", "start of a body held until its coding is recognised")      \
    X(TT_EXPANSION_BYTES_MAX, 268435456, "bytes", "bytes unwrapped from one message or stream")    \
    X(TT_EXPANSION_RATIO_MAX, 1100, "times", "bytes unwrapped per byte on the wire (zlib: 1032)")  \
    X(TT_EXPANSION_FREE_BYTES, 1048576, "bytes", "unwrapped before the ratio is looked at")        \
    X(TT_BODIES_OPEN_MAX, 2048, "bodies",                                                          \
      "bodies under way at the same time, inner ones included")                                    \
    X(TT_ASIDE_WHOLE_MAX, 512, "bytes",                                                            \
      "body under way that is read again from its start after others had its place")               \
    X(TT_ASIDE_BYTES_MAX, 67108864, "bytes", "kept of bodies while others have their place")       \
    X(TT_CODINGS_OPEN_MAX, 2048, "bodies", "compressed bodies being unwrapped at the same time")   \
    X(TT_EXPANSION_RUN_RATIO_MAX, 64, "times",                                                     \
      "the same for all messages and streams of a run together")                                   \
    X(TT_EXPANSION_RUN_FREE_BYTES, 1073741824, "bytes",                                            \
      "unwrapped in a run before that ratio is looked at")                                         \
    X(TT_CHILDREN_MAX, 1048576, "bodies", "inner bodies opened in one message or stream")          \
    X(TT_JSON_DEPTH_MAX, 128, "levels", "containers inside containers of one JSON text")           \
    X(TT_BINARY_DEPTH_MAX, 64, "levels",                                                           \
      "containers inside containers of CBOR, protobuf and such")                                   \
    X(TT_XML_DEPTH_MAX, 64, "levels", "elements inside elements of one XML text")                  \
    X(TT_PLIST_BYTES_MAX, 1048576, "bytes", "a binary property list, which is read at its end")    \
    X(TT_PLIST_OBJECTS_MAX, 65536, "objects", "objects of one binary property list")               \
    X(TT_PATH_MAX, 512, "bytes", "one step of a path, as text")                                    \
    X(TT_PATH_STEPS_MAX, 64, "steps", "steps of one path")                                         \
    X(TT_TOKEN_MIN, 16, "characters",                                                              \
      "shortest run that may be base64 or hexadecimal of something")                               \
    X(TT_EXIF_MAX, 131072, "bytes", "block of Exif, or description of a picture, looked into")     \
    X(TT_BASE58_MAX, 128, "characters",                                                            \
      "run that is tried as base58: the work grows with the square of its length")                 \
    X(TT_PREFIX_MAX, 16, "bytes", "private header in front of a compressed stream")                \
    X(TT_ARCHIVE_HEADER_MAX, 16384, "bytes",                                                       \
      "name and other fields in front of an archive's member")                                     \
    X(TT_EMBEDDED_MAX, 16384, "bytes",                                                             \
      "message that is known by a signature in the middle of other bytes")                         \
    X(TT_ZIP_MEASURE_RATIO_MAX, 128, "times",                                                      \
      "output per input byte of a zip member whose end must be found by unwrapping it")            \
    X(TT_ZSTD_WINDOW_LOG_MAX, 23, "bits", "memory that one zstd frame may ask for: 8 MiB")         \
    /* identify */                                                                                 \
    X(TT_YAML_NODES_MAX, 4194304, "values", "keys, values and containers of one YAML file")        \
    X(TT_YAML_DEPTH_MAX, 32, "levels", "containers inside containers of one YAML file")            \
    X(TT_SHEET_BYTES_MAX, 67108864, "bytes", "a subject sheet or vCard file")                      \
    X(TT_IDENTIFIERS_MAX, 1048576, "identifiers", "entries of one subject sheet")                  \
    X(TT_FORM_MAX, 1024, "bytes", "longest written form that is searched for")                     \
    X(TT_FORM_MIN, 3, "bytes", "shortest written form that is searched for")                       \
    X(TT_FORMS_NEAR_MAX, 1000, "entries",                                                          \
      "first contacts and messages that are searched for in rare forms too")                       \
    X(TT_FORMS_FULL_MAX, 100, "entries",                                                           \
      "first of them of which all groupings of digits, packings and field names are searched for") \
    X(TT_PATTERNS_MAX, 8388608, "patterns", "writings of the values of one subject sheet")         \
    X(TT_LITERALS_MAX, 32768, "patterns",                                                          \
      "searched for by Vectorscan, which is slow to build; the index takes the others")            \
    X(TT_DIGESTS_MAX, 16777216, "digests", "digests of the values of one subject sheet")           \
    X(TT_DIGEST_PAIRED_MAX, 16, "texts",                                                           \
      "the owner's values, as they are usually written, of which each two are hashed together")    \
    X(TT_RECIPES_MAX, 256, "recipes", "recipes of one run, the built-in ones included")            \
    X(TT_RECIPE_STEPS_MAX, 8, "steps", "steps of one recipe")                                      \
    X(TT_RECIPE_FILE_BYTES_MAX, 1048576, "bytes", "a file of recipes of a user")                   \
    X(TT_RECIPE_NODES_MAX, 65536, "values", "keys and values of a recipe file")                    \
    X(TT_RECIPE_BODY_MAX, 65536, "bytes", "a body that a recipe is undone on")                     \
    X(TT_RECIPE_OPEN_FREE_TRIES, 262144, "tries",                                                  \
      "recipes for any host that a run tries on unknown bytes")                                    \
    X(TT_RECIPE_OPEN_TRY_BYTES, 4096, "bytes", "of a run that allow one more of those")            \
    X(TT_RECIPE_SOURCES_MAX, 128, "texts",                                                         \
      "the owner's values, as they are usually written, that recipes are tried with")              \
    X(TT_RECIPE_NEAR_MAX, 1024, "texts",                                                           \
      "the same of the first contacts and messages, for salted digests")                           \
    X(TT_RECIPE_TEXT_MAX, 2048, "bytes", "start of a message in which salts and keys are sought")  \
    X(TT_RECIPE_TAIL_MAX, 1024, "bytes", "end of a longer message, likewise")                      \
    X(TT_RECIPE_FIELDS_MAX, 24, "fields", "salts and keys tried in one message")                   \
    X(TT_RECIPE_HEAD_FIELDS_MAX, 16, "fields", "the same of the header before a body")             \
    X(TT_RECIPE_FIELD_LEN_MAX, 64, "bytes", "one such salt or key")                                \
    X(TT_RECIPE_TABLE_BYTES_MAX, 4194304, "bytes", "salted digests kept by their salt")            \
    X(TT_RECIPE_TOKENS_MAX, 16, "tokens",                                                          \
      "unknown tokens of one message that recipes are tried on")                                   \
    X(TT_RECIPE_TRIES_MAX, 16384, "digests", "salted digests computed for one message")            \
    X(TT_RECIPE_RARE_TRIES_MAX, 4096, "digests",                                                   \
      "the same with a character between value and salt")                                          \
    X(TT_RECIPE_RUN_FREE_TRIES, 1048576, "digests", "the same for all messages of a run together") \
    X(TT_RECIPE_RUN_TRY_BYTES, 16384, "bytes", "of a run that allow one more")                     \
    X(TT_RECIPE_NEAR_FREE_TRIES, 131072, "digests",                                                \
      "the same for values of contacts and messages")                                              \
    X(TT_RECIPE_NEAR_TRY_BYTES, 131072, "bytes", "of a run that allow one more digest of them")    \
    X(TT_MATCHES_PENDING_MAX, 65536, "matches",                                                    \
      "matches of one stream that wait for a longer one")                                          \
    X(TT_HITS_PENDING_MAX, 4096, "hits", "hits held until their body ends")                        \
    /* judge */                                                                                    \
    X(TT_FINDINGS_MAX, 1048576, "findings", "different findings of one test")                      \
    X(TT_FINDING_FRAMES_MAX, 64, "frames", "frames listed with one finding")                       \
    X(TT_FINDING_FLOWS_MAX, 64, "flows", "flows listed with one finding")                          \
    X(TT_FINDING_FRAMES_KEPT, 1024, "frames", "frames of one finding kept to count each once")     \
    X(TT_FINDING_NAMES_MAX, 64, "names", "names of a destination listed with one finding")         \
    X(TT_FLOW_HOSTS_MAX, 64, "hosts", "hosts told apart in the ledger within one flow")            \
    X(TT_JUDGE_TEXT_BYTES_MAX, 67108864, "bytes", "hosts, names and paths kept for findings")      \
    X(TT_JUDGE_TEXTS_MAX, 1048576, "texts", "different hosts, names and paths kept")               \
    X(TT_GEO_RANGES_MAX, 8388608, "ranges", "address ranges of one country file")                  \
    X(TT_DESTINATIONS_MAX, 262144, "destinations", "rows of the coverage ledger")                  \
    X(TT_SECURED_MAX, 65536, "rows", "different things that TLS handshakes with destinations say") \
    X(TT_TIMINGS_MAX, 65536, "destinations", "whose handshake times are kept for residency")       \
    X(TT_TIMING_NAMES_MAX, 32, "names", "of one such destination")                                 \
    X(TT_HINTS_MAX, 65536, "addresses", "of which certificates, aliases and edges are kept")       \
    X(TT_HINTS_EACH_MAX, 16, "hints", "of that sort kept of one address")                          \
    X(TT_CLAIMS_MAX, 65536, "claims", "of where destinations are, listed by one test")             \
    X(TT_RESIDENCIES_MAX, 256, "entries", "of the residency of one policy")                        \
    X(TT_RESIDENCY_PLACES_MAX, 64, "places", "in which one such service may be")                   \
    X(TT_RESIDENCY_TEXT_MAX, 65536, "bytes", "reasons listed with one entry of residency")         \
    X(TT_NOTES_MAX, 4096, "notes", "different notes kept; more of the same are counted")           \
    X(TT_POLICY_BYTES_MAX, 4194304, "bytes", "a policy or timeline file")                          \
    X(TT_POLICY_NODES_MAX, 262144, "values", "keys and values of a policy or timeline file")       \
    X(TT_CLAUSES_MAX, 4096, "clauses", "clauses of one policy")                                    \
    X(TT_EXCEPTIONS_MAX, 1024, "exceptions", "exceptions of one clause of a policy")               \
    X(TT_POLICY_NAMES_MAX, 4096, "names", "organisations of one policy")                           \
    X(TT_CLAUSE_HOSTS_MAX, 8, "hosts", "unread hosts that a clause names")                         \
    X(TT_CLAUSE_TEXT_MAX, 65536, "bytes", "reasons that a clause is undecided")                    \
    X(TT_UNREAD_TIMES_MAX, 64, "times", "changes of a timeline that one flow is held against")     \
    X(TT_PHASES_MAX, 4096, "entries", "phases, purposes, consents or events of one timeline")      \
    X(TT_SIGHTINGS_MAX, 1048576, "sightings", "times of hits kept to hold against events")         \
    X(TT_CONTACTS_MAX, 1048576, "contacts", "times of contacts kept to hold against events")       \
    X(TT_EVENT_KINDS_MAX, 64, "kinds", "kinds of events that are judged")                          \
    X(TT_EVENT_REPEATS_MAX, 256, "events", "repetitions of one kind of event that are judged")     \
    X(TT_EVENT_TARGETS_MAX, 1024, "targets", "values and destinations held against one kind")      \
    X(TT_TRIGGER_WORK_MAX, 16777216, "places",                                                     \
      "windows looked at for one kind of event, beyond which fewer shifts are tried")              \
    X(TT_COMPARE_ROWS_MAX, 65536, "rows", "values and destinations of one comparison")             \
    X(TT_COMPARE_BYTES_MAX, 134217728, "bytes", "kept to compare two tests")                       \
    X(TT_COMPARE_RECIPES_MAX, 1024, "recipes", "of one test that findings came by")                \
    X(TT_COMPARE_INPUTS_MAX, 4096, "captures", "of one test whose times are compared")             \
    /* store */                                                                                    \
    X(TT_CASE_IDENTIFIERS_MAX, 65536, "entries", "entries of the sheet named in a case file")      \
    X(TT_MESSAGES_MAX, 67108864, "messages", "rows of a message listing")                          \
    X(TT_BODY_HEAD_MAX, 64, "bytes", "start of unclaimed data shown in a message listing")         \
    X(TT_CASE_LIST_MAX, 4096, "entries", "one list of a finding read from a case file")            \
    /* report */                                                                                   \
    X(TT_REPORT_ROWS_MAX, 4096, "rows", "rows of the text report; what is more is counted")        \
    X(TT_REPORT_BYTES_MAX, 16777216, "bytes", "texts held to group the text report")               \
    X(TT_REPORT_LEDGER_MAX, 100, "rows", "destinations of the ledger listed in the text report")   \
    /* verify */                                                                                   \
    X(TT_VERIFY_BYTES_MAX, 1073741824, "bytes", "of the connections whose findings are verified")  \
    X(TT_VERIFY_DECODED_MAX, 268435456, "bytes", "that one step of a proof may decode to")         \
    X(TT_VERIFY_SESSIONS_MAX, 4096, "sessions", "of TLS that others may resume, when verified")    \
    X(TT_VERIFY_SERVERS_MAX, 256, "servers", "whose TLS sessions are looked for, when verified")

enum tt_limit_value {
#define TT_LIMIT_ENUM(name, value, unit, why) name = (value),
    TT_LIMITS(TT_LIMIT_ENUM)
#undef TT_LIMIT_ENUM
};

#endif
