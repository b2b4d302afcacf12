/* Inside verify/: the segments of those TCP connections in which proofs begin, and the stretch of a
 * stream that a proof is about, put together from them; and the datagrams of those flows that are
 * sealed.
 *
 * Where a stream begins is not a claim of the finding, so it is found again: behind the SYN, where
 * the other side's SYN-ACK says, or at a segment that was captured. The step's range must lie, at
 * least in part, in the segment of the finding's own frame. */
#ifndef TT_VERIFY_STREAM_H
#define TT_VERIFY_STREAM_H

#include "verify/frame.h"
#include "verify/walk.h"

struct tt_verify_streams;

/* NULL without memory. */
struct tt_verify_streams *tt_verify_streams_new(void);
void tt_verify_streams_free(struct tt_verify_streams *streams);

/* The direction that this segment belongs to is wanted. */
TT_MUST_USE enum tt_err tt_verify_streams_want(struct tt_verify_streams *streams,
                                               const struct tt_verify_place *segment);

/* So is the one against it. */
TT_MUST_USE enum tt_err tt_verify_streams_want_other(struct tt_verify_streams *streams,
                                                     const struct tt_verify_place *segment);

/* So are the handshakes of all connections with that server, as far as there is room. */
TT_MUST_USE enum tt_err tt_verify_streams_want_server(struct tt_verify_streams *streams,
                                                      struct tt_addr addr, uint16_t port);

/* A segment: kept when its direction is wanted. TT_ERR_LIMIT over TT_VERIFY_BYTES_MAX. */
TT_MUST_USE enum tt_err tt_verify_streams_add(struct tt_verify_streams *streams,
                                              const struct tt_verify_place *segment);

/* Offers windows around the range of `step` until one is taken (`take` answers true). */
TT_MUST_USE enum tt_err
tt_verify_streams_try(const struct tt_verify_streams *streams,
                      const struct tt_verify_place *segment, const struct tt_proof_step *step,
                      bool (*take)(void *context, const struct tt_verify_window *window),
                      void *context);

/* Appends the whole of the direction of `segment` (`other`: of the one against it), in the
 * connection that it belongs to, up to the first byte that was not captured. `*ret_begin` (may be
 * NULL) is the frame that the connection begins with, `*ret_at` (may be NULL) where the segment
 * itself stands; `*ret_cut` (may be NULL) tells that there is more behind a byte that was not
 * captured. */
TT_MUST_USE enum tt_err tt_verify_streams_whole(const struct tt_verify_streams *streams,
                                                const struct tt_verify_place *segment, bool other,
                                                struct tt_buf *out, uint64_t *ret_begin,
                                                uint64_t *ret_at, bool *ret_cut);

/* A segment of stream number `at` if it went to one of the ends of `place`; its bytes are not
 * given.
 * `*ret_more`: there is a stream of that number. */
bool tt_verify_streams_peer(const struct tt_verify_streams *streams, size_t at,
                            const struct tt_verify_place *place, struct tt_verify_place *ret_peer,
                            bool *ret_more);

/* Appends a struct tt_verify_packet (tls.h) for each datagram between the two ends of `place`, in
 * the order of frames; their bytes are borrowed, direction 0 is that of `place`. */
TT_MUST_USE enum tt_err tt_verify_streams_packets(const struct tt_verify_streams *streams,
                                                  const struct tt_verify_place *place,
                                                  struct tt_buf *out);

#endif
