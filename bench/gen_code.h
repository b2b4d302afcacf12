/* Codings and digests in which a planted value is written. */
#ifndef BENCH_GEN_CODE_H
#define BENCH_GEN_CODE_H

#include "gen_util.h"

enum { GEN_HEX_MAX = 41 };

/* The digest of a C string as lower-case hexadecimal digits with a terminator: MD5 as in RFC 1321
 * (32 digits), SHA-1 as in RFC 3174 (40 digits). */
void gen_md5_hex(const char *string, char hex[GEN_HEX_MAX]);
void gen_sha1_hex(const char *string, char hex[GEN_HEX_MAX]);

/* Base64 of RFC 4648, section 4, with padding. */
void gen_base64(struct gen_text *out, const void *bytes, size_t len);

/* All but unreserved characters as %XX (RFC 3986, section 2.1). */
void gen_percent(struct gen_text *out, const char *string);

/* A gzip file of `bytes` (RFC 1952). */
void gen_gzip(struct gen_text *out, const void *bytes, size_t len);

/* Which bytes of the gzip file are read while bytes `from` to `to` (not included) of its content
 * come out: `*ret_first` to `*ret_last`, both included. */
void gen_gzip_range(const struct gen_text *file, size_t from, size_t to, size_t *ret_first,
                    size_t *ret_last);

#endif
