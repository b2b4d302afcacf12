/* NTLM authentication messages (MS-NLMP, section 2.2.1): who wants to log in, from which computer.
 *
 * They stand inside SMB, DCE/RPC, LDAP, HTTP, mail and remote desktop protocols, mostly with SPNEGO
 * (RFC 4178) around them, which needs no reading: the signature tells them. Each message is a
 * header whose fields give length and offset of the values behind it. Told are
 *
 *   negotiate.domain, negotiate.callingworkstation          in the client's OEM character set
 *   challenge.target_name, challenge.target_info.*          in UTF-16 or, by a flag, OEM
 *   auth.domain, auth.username, auth.hostname, auth.ntlmv2_response.*      likewise
 *
 * with "ntlmssp:" in front. UTF-16 is told decoded ("utf-16le"), so that a short name is a whole
 * value; `*` are the names of computers and domains in a row of AV pairs (section 2.2.2.1). */
#ifndef TT_CONTENT_NTLMSSP_H
#define TT_CONTENT_NTLMSSP_H

#include "content/embedded.h"

extern const struct tt_embedded_format tt_embedded_ntlmssp;

#endif
