"""Protocols that begin in clear text and go over to TLS: mail, files, directories, chat. Each log-in names the owner."""
import base64
import contextlib
import ftplib
import json
import re
import shutil
import socket
import ssl
import subprocess

import space
from maker import HERE
from space import CLOUD, DEVICE, HOST

EMAIL, PHONE, IMEI = "asha.rao@mail.example", "+447700900123", "001014001234566"
USER = f"{EMAIL}:a word"
LETTER = f"From: {EMAIL}\r\nTo: shop@post.example\r\nSubject: a lamp\r\n\r\nCall {PHONE} when it is there.\r\n"
LOCAL, DOMAIN = EMAIL.split("@")


def curl(maker, *options):
    maker.run("curl", "-sk", "--ssl-reqd", "--interface", DEVICE, "--max-time", "10", "-u", USER, *options, check=True)


def commands(maker, protocol, clear, sealed):
    for encryption, names in (("none", clear), ("tls1.3", sealed)):
        for name in names:  # an answer of AUTH and the end of a literal have no name
            maker.said(protocol, "command", method=name, encryption=encryption)


def trusting(maker):
    """For clients of Python's: they write a key log."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(maker.work / "ec.pem")
    context.load_verify_locations(maker.work / "rsa.pem")
    context.keylog_filename = str(maker.log)
    return context


def letter(maker):
    path = maker.work / "letter"
    path.write_text(LETTER)
    return path


# ---- mail ----------------------------------------------------------------------------------------------

def smtp(maker):
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink
    from aiosmtpd.smtp import AuthResult
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(maker.work / "ec.pem", maker.work / "ec-key.pem")
    server = Controller(Sink(), hostname=CLOUD, port=25, server_hostname="mx.cloud.example", tls_context=context,
                        require_starttls=True, authenticator=lambda *_: AuthResult(success=True))
    server.start()
    maker.made.append("aiosmtpd with STARTTLS")
    with space.captured(HERE / maker.capture):
        curl(maker, "--mail-from", EMAIL, "--mail-rcpt", "shop@post.example", "-T", letter(maker), f"smtp://{HOST}/lamp")
    server.stop()
    commands(maker, "smtp", ["EHLO", "STARTTLS"], ["EHLO", "AUTH", None, "MAIL", "RCPT", "DATA", "QUIT"])
    maker.seen("smtp.req.command", "smtp.req.command", "EHLO", "STAR", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT")
    maker.seen("imf", "imf.from", EMAIL)
    maker.left("email[0]", "smtp", "smtp.auth", "base64")
    maker.left("email[0]", "smtp", "smtp.mail")
    maker.left("email[0]", "smtp", "smtp.data", "mail.header")
    maker.left("phone_number[0]", "smtp", "smtp.data", "mail.body")


DOVECOT = """base_dir = {work}/run
state_dir = {work}/run
log_path = {work}/dovecot.log
protocols = imap pop3
listen = {address}
ssl = required
ssl_cert = <{work}/ec.pem
ssl_key = <{work}/ec-key.pem
auth_mechanisms = plain login
mail_location = maildir:{work}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={work}/mail/%u
}}
"""


@contextlib.contextmanager
def dovecot(maker):
    for folder in (maker.work.parent, maker.work):
        folder.chmod(0o755)
    for name in ("run", "mail"):
        (maker.work / name).mkdir()
    shutil.chown(maker.work / "mail", "nobody", "nogroup")
    config = maker.work / "dovecot.conf"
    config.write_text(DOVECOT.format(work=maker.work, address=CLOUD))
    with maker.serving("dovecot", "-F", "-c", config, port=143), space.captured(HERE / maker.capture):
        yield


def imap(maker):
    with dovecot(maker):
        curl(maker, "-T", letter(maker), f"imap://{HOST}/INBOX")
    asked = ["CAPABILITY", "STARTTLS"], ["CAPABILITY", "AUTHENTICATE", "APPEND", "LOGOUT"]
    commands(maker, "imap", asked[0], [*asked[1], None])
    maker.seen("imap.request_tag matches \"^A0\"", "imap.request.command", *asked[0], *asked[1])
    maker.left("email[0]", "imap", "imap.auth", "base64")
    maker.left("email[0]", "imap", "imap.append", "mail.header")
    maker.left("phone_number[0]", "imap", "imap.append", "mail.body")


def pop3(maker):
    with dovecot(maker):
        curl(maker, f"pop3://{HOST}/")
    asked = ["CAPA", "STLS"], ["CAPA", "AUTH", "LIST", "QUIT"]
    commands(maker, "pop3", asked[0], [*asked[1], None])
    maker.seen("len(pop.request.command) < 5", "pop.request.command", *asked[0], *asked[1])
    maker.left("email[0]", "pop3", "pop3.auth", "base64")


# ---- files ---------------------------------------------------------------------------------------------

VSFTPD = """listen=YES
listen_address={address}
background=NO
anonymous_enable=YES
anon_root={work}/files
secure_chroot_dir={work}/empty
anon_upload_enable=YES
write_enable=YES
anon_umask=022
seccomp_sandbox=NO
ssl_enable=YES
allow_anon_ssl=YES
force_anon_data_ssl=YES
force_anon_logins_ssl=YES
require_ssl_reuse=NO
ssl_tlsv1=YES
rsa_cert_file={work}/rsa.pem
rsa_private_key_file={work}/rsa-key.pem
"""


@contextlib.contextmanager
def vsftpd(maker):
    """Anonymous users give their address as the password, as it was asked of everybody."""
    for folder in (maker.work.parent, maker.work):
        folder.chmod(0o755)
    (maker.work / "empty").mkdir()
    (maker.work / "files" / "in").mkdir(parents=True)
    shutil.chown(maker.work / "files" / "in", "ftp")
    config, state = maker.work / "vsftpd.conf", maker.work / f"{IMEI}.json"
    config.write_text(VSFTPD.format(work=maker.work, address=CLOUD))
    state.write_text(json.dumps({"owner": PHONE, "lamp": "on"}))
    with maker.serving("vsftpd", config, port=21), space.captured(HERE / maker.capture):
        yield state
    maker.data = [state.read_text()]
    maker.left("email[0]", "ftp", "ftp.pass")
    maker.left("imei[0]", "ftp", "ftp.path")
    maker.left("phone_number[0]", "tls", "tls.payload", "json:$.owner")


def ftp(maker):
    with vsftpd(maker) as state:
        maker.run("curl", "-sk", "--ssl-reqd", "--interface", DEVICE, "--max-time", "10", "-u", f"anonymous:{EMAIL}", "-T", state,
                  f"ftp://{HOST}/in/", check=True)
    commands(maker, "ftp", ["AUTH"], ["USER", "PASS", "PBSZ", "PROT", "PWD", "CWD", "EPSV", "TYPE", "STOR", "QUIT"])
    maker.tshark_cannot = "FTP after AUTH SSL, which curl asks for first"


def ftp_of_python(maker):
    """Says AUTH TLS."""
    with vsftpd(maker) as state, ftplib.FTP_TLS(context=trusting(maker)) as client:
        client.connect(HOST, 21, 10, (DEVICE, 0))
        client.login("anonymous", EMAIL)
        client.prot_p()
        client.cwd("in")
        with state.open("rb") as data:
            client.storbinary(f"STOR {state.name}", data)
        client.quit()
    maker.made.append("Python's ftplib.FTP_TLS")
    sealed = ["USER", "PASS", "PBSZ", "PROT", "CWD", "TYPE", "PASV", "STOR", "QUIT"]
    commands(maker, "ftp", ["AUTH"], sealed)
    maker.tshark_cannot = "TLS on FTP's connection for data"
    maker.seen("ftp.request.command", "ftp.request.command", "AUTH", *sealed)
    maker.seen("ftp.request.command == \"PASS\"", "ftp.request.arg", EMAIL)


# ---- directories ---------------------------------------------------------------------------------------

SLAPD = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {work}/ec.pem
TLSCertificateKeyFile {work}/ec-key.pem
database mdb
suffix "o=home"
rootdn "mail={email},o=home"
rootpw "a word"
directory {work}/directory
"""
PEOPLE = f"""dn: o=home
objectClass: organization
o: home

dn: cn=Asha,o=home
objectClass: inetOrgPerson
cn: Asha
sn: Rao
mail: {EMAIL}
"""


def ldap(maker):
    config = maker.work / "slapd.conf"
    (maker.work / "directory").mkdir()
    config.write_text(SLAPD.format(work=maker.work, email=EMAIL))
    subprocess.run(["slapadd", "-f", config], input=PEOPLE.encode(), check=True, capture_output=True)
    with maker.serving("slapd", "-d", "0", "-f", config, "-h", f"ldap://{CLOUD}", port=389), space.captured(HERE / maker.capture):
        maker.run("env", "LDAPTLS_REQCERT=never", "ldapsearch", "-ZZ", "-x", "-H", f"ldap://{HOST}", "-D", f"mail={EMAIL},o=home",
                  "-w", "a word", "-b", "o=home", f"(mail={EMAIL})", check=True)
    maker.said("ldap", "extended", encryption="none")
    maker.said("ldap", "bind", name=f"mail={EMAIL},o=home", encryption="tls1.3")
    maker.said("ldap", "search", encryption="tls1.3")
    maker.seen("ldap", "ldap.name", f"mail={EMAIL},o=home")
    maker.seen("ldap", "ldap.assertionValue", EMAIL)
    maker.left("email[0]", "ldap", "ldap.bind.name")
    maker.left("email[0]", "ldap", "ldap.value")
    maker.left("email[0]", "ldap", "ldap.value", direction="received")


# ---- chat ----------------------------------------------------------------------------------------------

PROSODY = """run_as_root = true
pidfile = "{work}/prosody.pid"
data_path = "{work}/chat"
modules_enabled = {{ "roster", "saslauth", "tls" }}
modules_disabled = {{ "s2s" }}
authentication = "internal_plain"
c2s_require_encryption = true
interfaces = {{ "{address}" }}
VirtualHost "{domain}"
    ssl = {{ certificate = "{work}/ec.pem", key = "{work}/ec-key.pem" }}
"""


class Chat:
    """A client of few words."""

    def __init__(self, context):
        self.link = socket.create_connection((HOST, 5222), 10, (DEVICE, 0))
        self.context = context

    def ask(self, text, answer):
        self.link.sendall(text.encode())
        heard = b""
        while not re.search(answer.encode(), heard):
            data = self.link.recv(4096)
            if not data:
                raise SystemExit(f"{text}: {heard}")
            heard += data

    def talk(self):
        stream = (f"<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client' "
                  "xmlns:stream='http://etherx.jabber.org/streams'>")
        self.ask(stream, "</stream:features>")
        self.ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed")
        self.link = self.context.wrap_socket(self.link, server_hostname=HOST)
        self.ask(stream, "</stream:features>")
        words = base64.b64encode(f"{EMAIL}\0{LOCAL}\0a word".encode()).decode()
        self.ask(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{words}</auth>", "<success")
        self.ask(stream, "</stream:features>")
        self.ask("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>lamp</resource></bind></iq>", "</iq>")
        self.ask(f"<message to='{EMAIL}/lamp' id='m'><body>Call {PHONE}</body></message>", "</message>")
        self.ask("</stream:stream>", "</stream:stream>")
        self.link.close()


def xmpp(maker):
    people = maker.work / "chat" / DOMAIN.replace(".", "%2e") / "accounts"
    people.mkdir(parents=True)
    (people / f"{LOCAL.replace('.', '%2e')}.dat").write_text('return { ["password"] = "a word" };')
    config = maker.work / "prosody.cfg.lua"
    config.write_text(PROSODY.format(work=maker.work, address=CLOUD, domain=DOMAIN))
    with maker.serving("prosody", "-F", "--config", config, port=5222), space.captured(HERE / maker.capture):
        Chat(trusting(maker)).talk()
    maker.made.append("a client of Python's ssl")
    for kind in ("iq", "iq", "message", "message"):
        maker.said("xmpp", kind, encryption="tls1.3")
    for encryption, count in (("none", 2), ("tls1.3", 6)):
        for _ in range(count):  # of both sides; the last two of them end
            maker.said("xmpp", "stream", encryption=encryption)
    maker.seen("xmpp.message", "xmpp.to", f"{EMAIL}/lamp", f"{EMAIL}/lamp")
    maker.left("email[0]", "xmpp", "xmpp.auth", "base64")
    maker.left("email[0]", "xmpp", "xmpp.stanza", "xml:/iq/bind/jid", direction="received")
    for direction, places in (("sent", ("body", "@to")), ("received", ("body", "@to", "@from"))):
        for place in places:
            label = "phone_number[0]" if place == "body" else "email[0]"
            maker.left(label, "xmpp", "xmpp.stanza", f"xml:/message/{place}", direction=direction)


FIXTURES = {
    "smtp-starttls": ("a mail that curl sends, with a log-in", "tls1.3", smtp),
    "imap-starttls": ("a mail that curl leaves in a mailbox of dovecot", "tls1.3", imap),
    "pop3-stls": ("curl asks dovecot for a list of mails", "tls1.3", pop3),
    "ftp-auth-tls": ("curl gives vsftpd a file; the connection of the data is TLS, too", "tls1.3", ftp),
    "ftp-python": ("Python's ftplib does the same", "tls1.3", ftp_of_python),
    "ldap-starttls": ("ldapsearch asks slapd for a person", "tls1.3", ldap),
    "xmpp-starttls": ("a message by way of prosody", "tls1.3", xmpp),
}
