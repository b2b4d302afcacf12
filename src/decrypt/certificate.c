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

/* One attribute of a name as text; "" where there is none, where it is longer, and where it holds
 * control characters. */
static void read_attribute(const X509_NAME *name, int nid, char *out, size_t room)
{
    out[0] = '\0';
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0)
        return;
    const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, text);
    if (len < 0)
        return;
    bool fits = (size_t)len < room;
    for (int i = 0; i < len; i++)
        fits = fits && utf8[i] >= ' ' && utf8[i] != 0x7f;
    if (fits) {
        memcpy(out, utf8, (size_t)len);
        out[len] = '\0';
    }
    OPENSSL_free(utf8);
}

static void read_holder(const X509_NAME *name, struct tt_certificate *certificate)
{
    char *country = certificate->country;
    read_attribute(name, NID_organizationName, certificate->organisation,
                   sizeof(certificate->organisation));
    read_attribute(name, NID_stateOrProvinceName, certificate->state, sizeof(certificate->state));
    read_attribute(name, NID_localityName, certificate->locality, sizeof(certificate->locality));
    read_attribute(name, NID_countryName, country, sizeof(certificate->country));
    for (size_t i = 0; i < 2; i++)
        if (country[0] != '\0' && tt_is_alpha((uint8_t)country[i]))
            country[i] = (char)(country[i] & ~0x20);
        else
            country[0] = '\0';
}

static void read_common_name(const X509_NAME *name, struct tt_certificate *certificate)
{
    char text[TT_CERTIFICATE_NAME_MAX + 1];
    read_attribute(name, NID_commonName, text, sizeof(text));
    if (!read_host(tt_span_str(text), certificate->common_name))
        certificate->common_name[0] = '\0';
}

static void read_names(struct tt_span der, struct tt_certificate *certificate)
{
    const unsigned char *at = der.data;
    X509_EXTENSIONS *extensions =
        der.len > 0 ? d2i_X509_EXTENSIONS(NULL, &at, (long)der.len) : NULL;
    GENERAL_NAMES *names = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
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
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

static int64_t read_time(struct tt_span der)
{
    const unsigned char *at = der.data;
    ASN1_TIME *time = d2i_ASN1_TIME(NULL, &at, (long)der.len);
    int days = 0;
    int seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int64_t result = 0;
    if (epoch != NULL && time != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1)
        result = (int64_t)days * 86400 + seconds;
    ASN1_TIME_free(epoch);
    ASN1_TIME_free(time);
    return result;
}

/* Elements as they stand in the certificate, their headers included. */
struct parts {
    struct tt_span issuer;
    struct tt_span not_before;
    struct tt_span not_after;
    struct tt_span subject;
    struct tt_span extensions; /* empty: there are none */
};

/* The next element of DER: all of it, and what is in it; `*ret_tag` with the class in its upper
 * bits. False at the end, and where there is none. */
static bool next_element(struct tt_span *rest, int *ret_tag, struct tt_span *ret_whole,
                         struct tt_span *ret_content)
{
    const unsigned char *at = rest->data;
    long len = 0;
    int tag = 0;
    int class = 0;
    /* 0x80: an error; 1: of indefinite length, which DER does not have. */
    if (rest->len == 0 ||
        (ASN1_get_object(&at, &len, &tag, &class, (long)rest->len) & (0x80 | 1)) != 0)
        return false;
    *ret_content = tt_span_of(at, (size_t)len);
    *ret_whole = tt_span_of(rest->data, (size_t)(at - rest->data) + (size_t)len);
    *ret_tag = tag | class;
    *rest = tt_span_sub(*rest, ret_whole->len, rest->len - ret_whole->len);
    return true;
}

/* The same for an element that must be there. */
static bool take(struct tt_span *rest, int tag, struct tt_span *ret_whole,
                 struct tt_span *ret_content)
{
    int found = 0;
    return next_element(rest, &found, ret_whole, ret_content) && found == tag;
}

static bool read_validity(struct tt_span validity, struct parts *parts)
{
    struct tt_span content;
    int tag = 0; /* UTCTime or GeneralizedTime */
    return next_element(&validity, &tag, &parts->not_before, &content) &&
           next_element(&validity, &tag, &parts->not_after, &content);
}

/* TBSCertificate (RFC 5280, section 4.1). libcrypto would read it as well, but decodes the public
 * key while it does: that takes longer than all the rest of a handshake. */
static bool read_to_be_signed(struct tt_span rest, struct parts *parts)
{
    struct tt_span whole;
    struct tt_span content;
    struct tt_span version = rest;
    int tag = 0;
    if (take(&version, V_ASN1_CONTEXT_SPECIFIC, &whole, &content))
        rest = version;
    bool ok = take(&rest, V_ASN1_INTEGER, &whole, &content) &&          /* serialNumber */
              take(&rest, V_ASN1_SEQUENCE, &whole, &content) &&         /* signature */
              take(&rest, V_ASN1_SEQUENCE, &parts->issuer, &content) && /* issuer */
              take(&rest, V_ASN1_SEQUENCE, &whole, &content) && read_validity(content, parts) &&
              take(&rest, V_ASN1_SEQUENCE, &parts->subject, &content) &&
              take(&rest, V_ASN1_SEQUENCE, &whole, &content); /* subjectPublicKeyInfo */
    while (ok && next_element(&rest, &tag, &whole, &content))
        if (tag == (V_ASN1_CONTEXT_SPECIFIC | 3))
            parts->extensions = content;
    return ok;
}

static bool read_parts(struct tt_span der, struct parts *ret_parts)
{
    struct tt_span whole;
    struct tt_span content;
    struct tt_span rest;
    return take(&der, V_ASN1_SEQUENCE, &whole, &rest) &&
           take(&rest, V_ASN1_SEQUENCE, &whole, &content) &&
           read_to_be_signed(content, ret_parts) &&
           take(&rest, V_ASN1_SEQUENCE, &whole, &content) && /* signatureAlgorithm */
           take(&rest, V_ASN1_BIT_STRING, &whole, &content); /* signatureValue */
}

bool tt_certificate_read(struct tt_span der, struct tt_certificate *ret_certificate)
{
    struct parts parts = {0};
    if (der.len == 0 || der.len > INT_MAX || !read_parts(der, &parts))
        return false;
    const unsigned char *subject_at = parts.subject.data;
    const unsigned char *issuer_at = parts.issuer.data;
    X509_NAME *subject = d2i_X509_NAME(NULL, &subject_at, (long)parts.subject.len);
    X509_NAME *issuer = d2i_X509_NAME(NULL, &issuer_at, (long)parts.issuer.len);
    bool ok = subject != NULL && issuer != NULL;
    if (ok) {
        memset(ret_certificate, 0, sizeof(*ret_certificate));
        read_dn(subject, ret_certificate->subject, sizeof(ret_certificate->subject));
        read_dn(issuer, ret_certificate->issuer, sizeof(ret_certificate->issuer));
        read_common_name(subject, ret_certificate);
        read_holder(subject, ret_certificate);
        read_names(parts.extensions, ret_certificate);
        ret_certificate->not_before = read_time(parts.not_before);
        ret_certificate->not_after = read_time(parts.not_after);
    }
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    return ok;
}
