/* The protocols that list.c names, each in its own file. */
#ifndef TT_PROTO_LIST_H
#define TT_PROTO_LIST_H

#include "proto/proto.h"

extern const struct tt_proto tt_proto_http1;
extern const struct tt_proto tt_proto_http2;
extern const struct tt_proto tt_proto_mqtt;
extern const struct tt_proto tt_proto_smtp;
extern const struct tt_proto tt_proto_ftp;
extern const struct tt_proto tt_proto_pop3;
extern const struct tt_proto tt_proto_imap;
extern const struct tt_proto tt_proto_xmpp;
extern const struct tt_proto tt_proto_ldap;
extern const struct tt_proto tt_proto_socks;
extern const struct tt_proto tt_proto_websocket;
extern const struct tt_proto tt_proto_netbios;
extern const struct tt_proto tt_proto_dns;
extern const struct tt_proto tt_proto_wlan;
extern const struct tt_proto tt_proto_eap;

#endif
