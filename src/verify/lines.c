#include "verify/lines.h"

#include "base/compiler.h"

/* What stands at the start of the line in which a step lies. */
struct rule {
    const char *step;
    const char *words; /* with a space behind each */
    bool behind;       /* a word behind the first one, IMAP's tag, will do */
    bool before;       /* the line in front of the place, which begins a line */
    bool strict;       /* nothing else will do; else an answer or a part may stand there */
};

static const struct rule rules[] = {
    {.step = "smtp.ehlo", .words = "EHLO HELO LHLO ", .strict = true},
    {.step = "smtp.mail", .words = "MAIL ", .strict = true},
    {.step = "smtp.rcpt", .words = "RCPT ", .strict = true},
    {.step = "smtp.vrfy", .words = "VRFY EXPN ", .strict = true},
    {.step = "smtp.auth", .words = "AUTH "},
    {.step = "smtp.data", .words = "DATA BDAT ", .before = true},
    {.step = "pop3.user", .words = "USER ", .strict = true},
    {.step = "pop3.pass", .words = "PASS ", .strict = true},
    {.step = "pop3.apop", .words = "APOP ", .strict = true},
    {.step = "pop3.auth", .words = "AUTH "},
    {.step = "pop3.message", .words = "+OK ", .before = true},
    {.step = "pop3.listing", .words = "+OK ", .before = true},
    {.step = "ftp.user", .words = "USER ACCT ", .strict = true},
    {.step = "ftp.pass", .words = "PASS ", .strict = true},
    {.step = "imap.login", .words = "LOGIN ", .behind = true},
    {.step = "imap.auth", .words = "AUTHENTICATE ", .behind = true},
    {.step = "imap.id", .words = "ID ", .behind = true},
    {.step = "imap.search", .words = "SEARCH ", .behind = true},
    {.step = "imap.append", .words = "APPEND ", .behind = true, .before = true},
};

static size_t line_start(struct tt_span in, size_t at)
{
    while (at > 0 && in.data[at - 1] != '\n')
        at--;
    return at;
}

/* Takes the first word off the front of `line`. */
static struct tt_span take_word(struct tt_span *line)
{
    struct tt_span rest = tt_span_trim(*line);
    size_t len = 0;
    while (len < rest.len && rest.data[len] != ' ')
        len++;
    *line = tt_span_from(rest, len);
    return tt_span_sub(rest, 0, len);
}

static bool is_one_of(struct tt_span word, const char *words)
{
    struct tt_span rest = tt_span_str(words);
    while (word.len > 0 && rest.len > 0) {
        size_t len = tt_span_find(rest, ' ');
        if (tt_span_ieq(word, tt_span_sub(rest, 0, len)))
            return true;
        rest = tt_span_from(rest, len + 1);
    }
    return false;
}

static enum tt_verify_named check_rule(const struct rule *rule, struct tt_span stream, size_t at)
{
    size_t from = line_start(stream, at);
    if (rule->before) {
        if (from != at || from == 0)
            return TT_VERIFY_NAME_OPEN;
        from = line_start(stream, from - 1);
    }
    struct tt_span line = tt_span_from(stream, from);
    line = tt_span_sub(line, 0, tt_span_find(line, '\n'));
    struct tt_span word = take_word(&line);
    if (is_one_of(word, rule->words) || (rule->behind && is_one_of(take_word(&line), rule->words)))
        return TT_VERIFY_NAME_FITS;
    return rule->strict ? TT_VERIFY_NAME_WRONG : TT_VERIFY_NAME_OPEN;
}

enum tt_verify_named tt_verify_line(const char *name, struct tt_span stream, size_t at)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(rules); i++)
        if (strcmp(rules[i].step, name) == 0)
            return check_rule(&rules[i], stream, at);
    /* An element reaches from "<" to ">". */
    if (strcmp(name, "xmpp.stanza") == 0 && at < stream.len && stream.data[at] == '<')
        return TT_VERIFY_NAME_FITS;
    return TT_VERIFY_NAME_OPEN;
}

enum tt_verify_named tt_verify_mail(const char *name, struct tt_span mail, size_t at)
{
    size_t end = 0;
    while (end < mail.len) {
        struct tt_span rest = tt_span_from(mail, end);
        size_t len = tt_span_find(rest, '\n');
        end += len < rest.len ? len + 1 : len;
        if (tt_span_trim(tt_span_sub(rest, 0, len)).len == 0)
            break;
    }
    bool header = strcmp(name, "mail.header") == 0;
    return header == (at < end) ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG;
}
