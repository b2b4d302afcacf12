/* The protocols of mail, files, messages, directories and proxies, most of them in lines. The first
 * byte of the input says which; the rest is a conversation. */
#include "proto_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const struct tt_proto *proto;
        uint16_t port;
    } protocols[] = {{&tt_proto_smtp, 25},   {&tt_proto_ftp, 21},    {&tt_proto_pop3, 110},
                     {&tt_proto_imap, 143},  {&tt_proto_xmpp, 5222}, {&tt_proto_ldap, 389},
                     {&tt_proto_socks, 1080}};
    if (size == 0)
        return 0;
    size_t which = data[0] % (sizeof(protocols) / sizeof(protocols[0]));
    play_conversation(protocols[which].proto, tt_span_of(data + 1, size - 1),
                      protocols[which].port);
    return 0;
}
