#include "decrypt/certificate.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>
#include <time.h>

/* A name as text: RFC 2253, UTF-8. */
static void read_dn(const X509_NAME *name, char *out, size_t room)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL)
        return;
    if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >=
        0) {
        int n = BIO_read(bio, out, (int)room - 1);
        out[n > 0 ? n : 0] = '\0';
    }
    BIO_free(bio);
}

/* Copies a host name; false when it is none. */
static bool read_host(struct tt_span text, char *out)
{
    if (text.len > 0 && text.data[text.len - 1] == '.')
        text.len--;
    if (text.len == 0 || text.len > TT_CERTIFICATE_NAME_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
            return false;
    for (size_t i = 0; i < text.len; i++)
        out[i] = (char)tt_lower(text.data[i]);
    out[text.len] = '\0';
    return true;
}

static void read_common_name(const X509_NAME *name, struct tt_certificate *certificate)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0)
        return;
    const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, text);
    if (len < 0)
        return;
    if (!read_host(tt_span_of(utf8, (size_t)len), certificate->common_name))
        certificate->common_name[0] = '\0';
    OPENSSL_free(utf8);
}

static void read_names(const X509 *x509, struct tt_certificate *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int kind = 0;
        const ASN1_STRING *text = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &kind);
        if (kind != GEN_DNS)
            continue;
        struct tt_span name =
            tt_span_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
        bool room = certificate->name_count < TT_CERTIFICATE_NAMES_MAX;
        if (room && read_host(name, certificate->names[certificate->name_count]))
            certificate->name_count++;
        certificate->name_total++;
    }
    GENERAL_NAMES_free(names);
}

static int64_t read_time(const ASN1_TIME *time)
{
    int days = 0;
    int seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int64_t result = 0;
    if (epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1)
        result = (int64_t)days * 86400 + seconds;
    ASN1_TIME_free(epoch);
    return result;
}

bool tt_certificate_read(struct tt_span der, struct tt_certificate *ret_certificate)
{
    if (der.len == 0 || der.len > INT_MAX)
        return false;
    const unsigned char *at = der.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.len);
    if (x509 == NULL)
        return false;
    memset(ret_certificate, 0, sizeof(*ret_certificate));
    read_dn(X509_get_subject_name(x509), ret_certificate->subject,
            sizeof(ret_certificate->subject));
    read_dn(X509_get_issuer_name(x509), ret_certificate->issuer, sizeof(ret_certificate->issuer));
    read_common_name(X509_get_subject_name(x509), ret_certificate);
    read_names(x509, ret_certificate);
    ret_certificate->not_before = read_time(X509_get0_notBefore(x509));
    ret_certificate->not_after = read_time(X509_get0_notAfter(x509));
    X509_free(x509);
    return true;
}
