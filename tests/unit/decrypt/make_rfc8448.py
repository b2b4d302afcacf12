#!/usr/bin/env python3
"""Makes vectors/tls13-rfc8448-*.txt from the handshake traces of RFC 8448, sections 3 to 7.

usage: make_rfc8448.py     (needs the cryptography module of Python)

Only the records and the clients' ephemeral private keys are taken from the RFC. The secrets are computed here, with the
key schedule of RFC 8446, section 7.1, written down once more: what telltale makes of them is held against an
implementation that shares no line with it.
"""
import hashlib
import hmac
import pathlib

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = pathlib.Path(__file__).resolve().parent / "vectors"
H = bytes.fromhex
DATA = bytes(range(0x32))


def expand_label(secret, label, context, length):
    label = b"tls13 " + label.encode()
    info = length.to_bytes(2, "big") + bytes([len(label)]) + label + bytes([len(context)]) + context
    out, block = b"", b""
    while len(out) < length:
        block = hmac.new(secret, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += block
    return out[:length]


def extract(salt, key):
    return hmac.new(salt, key, hashlib.sha256).digest()


def derive(secret, label, messages):
    return expand_label(secret, label, hashlib.sha256(messages).digest(), 32)


def messages_of(secret, records):
    """The handshake messages in records that were protected under a traffic secret."""
    key, iv = expand_label(secret, "key", b"", 16), expand_label(secret, "iv", b"", 12)
    out = b""
    for number, record in enumerate(records):
        nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
        text = AESGCM(key).decrypt(nonce, record[5:], record[:5]).rstrip(b"\0")
        assert text[-1] == 22
        out += text[:-1]
    return out


def share_of(hello):
    """The key share in a server hello."""
    at = 5 + 4 + 34
    at += 1 + hello[at] + 3 + 2
    while at < len(hello):
        kind, length = int.from_bytes(hello[at:at + 2], "big"), int.from_bytes(hello[at + 2:at + 4], "big")
        if kind == 51:
            return hello[at + 8:at + 4 + length]
        at += 4 + length
    raise ValueError


def agree(private, share):
    if len(share) == 32:
        return x25519.X25519PrivateKey.from_private_bytes(private).exchange(x25519.X25519PublicKey.from_public_bytes(share))
    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    return key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), share))


def protected(records):
    return [r for r in records if r[0] == 23]


def make(name, private, hellos, server_hello, server_flight, client_flight, rest, sent=(b"", b""), psk=bytes(32), early=()):
    """`hellos`: what is hashed before the server's hello; `client_flight`: up to Finished; gives the PSK for resumption."""
    random = hellos[-1][1][11:43].hex()
    first = hellos[-1][1][5:]
    if len(hellos) > 1:
        retried = b"\xfe\0\0\x20" + hashlib.sha256(hellos[0][1][5:]).digest()
        first = retried + hellos[1][1][5:] + first
    secret = extract(bytes(32), psk)
    keys = [("CLIENT_EARLY_TRAFFIC_SECRET", derive(secret, "c e traffic", first))] if early else []
    secret = extract(derive(secret, "derived", b""), agree(private, share_of(server_hello)))
    so_far = first + server_hello[5:]
    client_handshake, server_handshake = (derive(secret, f"{side} hs traffic", so_far) for side in "cs")
    secret = extract(derive(secret, "derived", b""), bytes(32))
    so_far += messages_of(server_handshake, protected(server_flight))
    keys += [("CLIENT_HANDSHAKE_TRAFFIC_SECRET", client_handshake), ("SERVER_HANDSHAKE_TRAFFIC_SECRET", server_handshake),
             ("CLIENT_TRAFFIC_SECRET_0", derive(secret, "c ap traffic", so_far)),
             ("SERVER_TRAFFIC_SECRET_0", derive(secret, "s ap traffic", so_far))]
    finished = client_flight
    if early:
        so_far += H("05000000")
        finished = client_flight[1:]
    so_far += messages_of(client_handshake, protected(finished))
    resumption = expand_label(derive(secret, "res master", so_far), "resumption", bytes(2), 32)
    log = [*hellos, *(("c", r) for r in early), ("s", server_hello), *(("s", r) for r in server_flight),
           *(("c", r) for r in client_flight), *rest]
    lines = [f"k {label} {random} {value.hex()}" for label, value in keys]
    lines += ["v tls1.3", "n TLS_AES_128_GCM_SHA256", *(f"{side} {data.hex()}" for side, data in log),
              f"C {sent[0].hex()}", f"S {sent[1].hex()}"]
    (HERE / f"tls13-rfc8448-{name}.txt").write_text("\n".join(lines) + "\n")
    return resumption


CCS = H("140303000101")
GROUPS = "000a00140012001d00170018001901000101010201030104"
SIGNATURES = "000d0020001e040305030603020308040805080604010501060102010402050206020202"
NAME = "0000000b0009000006736572766572ff01000100"
TAIL = "002d00020101001c00024001"

# Section 3: simple 1-RTT handshake.
psk = make(
    "3", H("49af42ba7f7994852d713ef2784bcbcaa7911de26adc5642cb634540e7ea5005"),
    [("c", H("16030100c4010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece700000613011303130201000091"
             + NAME + GROUPS + "00230000"
             "003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b0003020304"
             + SIGNATURES + TAIL))],
    H("160303005a020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020"
      "c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304"),
    [H("17030302a2d1ff334a56f5bff6594a07cc87b580233f500f45e489e7f33af35edf7869fcf40aa40aa2b8ea73f848a7ca07612ef9f945cb960b40"
       "68905123ea78b111b429ba9191cd05d2a389280f526134aadc7fc78c4b729df828b5ecf7b13bd9aefb0e57f271585b8ea9bb355c7c79020716cf"
       "b9b1183ef3ab20e37d57a6b9d7477609aee6e122a4cf51427325250c7d0e509289444c9b3a648f1d71035d2ed65b0e3cdd0cbae8bf2d0b227812"
       "cbb360987255cc744110c453baa4fcd610928d809810e4b7ed1a8fd991f06aa6248204797e36a6a73b70a2559c09ead686945ba246ab66e5edd8"
       "044b4c6de3fcf2a89441ac66272fd8fb330ef8190579b3684596c960bd596eea520a56a8d650f563aad27409960dca63d3e688611ea5e22f4415"
       "cf9538d51a200c27034272968a264ed6540c84838d89f72c24461aad6d26f59ecaba9acbbb317b66d902f4f292a36ac1b639c637ce343117b659"
       "622245317b49eeda0c6258f100d7d961ffb138647e92ea330faeea6dfa31c7a84dc3bd7e1b7a6c7178af36879018e3f252107f243d243dc7339d"
       "5684c8b0378bf30244da8c87c843f5e56eb4c5e8280a2b48052cf93b16499a66db7cca71e4599426f7d461e66f99882bd89fc50800becca62d6c"
       "74116dbd2972fda1fa80f85df881edbe5a37668936b335583b599186dc5c6918a396fa48a181d6b6fa4f9d62d513afbb992f2b992f67f8afe67f"
       "76913fa388cb5630c8ca01e0c65d11c66a1e2ac4c85977b7c7a6999bbf10dc35ae69f5515614636c0b9b68c19ed2e31c0b3b66763038ebba42f3"
       "b38edc0399f3a9f23faa63978c317fc9fa66a73f60f0504de93b5b845e275592c12335ee340bbc4fddd502784016e4b3be7ef04dda49f4b440a3"
       "0cb5d2af939828fd4ae3794e44f94df5a631ede42c1719bfdabf0253fe5175be898e750edc53370d2b")],
    [H("170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f80338ac98fc46deb384bd1caeacab6867d726c40546")],
    [("s", H("17030300de3a6b8f90414a97d6959c3487680de5134a2b240e6cffac116e95d41d6af8f6b580dcf3d11d63c758db289a015940252f5571"
             "3e061dc13e078891a38efbcf5753ad8ef170ad3c7353d16d9da773b9ca7f2b9fa1b6c0d4a3d03f75e09c30ba1e62972ac46f75f7b981be"
             "63439b2999ce13064615139891d5e4c5b406f16e3fc181a77ca475840025db2f0a77f81b5ab05b94c01346755f69232c86519d86cbeeac"
             "87aac347d143f9605d64f650db4d023e70e952ca49fe5137121c74bc2697687e248746d6df353005f3bce18696129c8153556b3b6c6779"
             "b37bf15985684f")),
     ("c", H("1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292"
             "a2977014bd1e3deae63aeebb21694915e4")),
     ("s", H("17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0"
             "a21c0047c2abf332540dd032e167c2955d")),
     ("c", H("1703030013c9872760655666b74d7ff1153efd6db6d0b0e3")),
     ("s", H("1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9"))],
    sent=(DATA, DATA))

# Section 4: resumed 0-RTT handshake.
make(
    "4", H("bff91188283846dd6a2134ef7180ca2b0b14fb10dce707b5098c0dddc813b2df"),
    [("c", H("1603010200010001fc03031bc3ceb6bbe39cff938355b5a50adb6db21b7a6af649d7b4bc419d7876487d95000006130113031302010001cd"
             + NAME + GROUPS +
             "003300260024001d0020e4ffb68ac05f8d96c99da26698346c6be16482badddafe051a66b4f18d668f0b002a0000002b0003020304"
             + SIGNATURES + TAIL + "00150057" + "00" * 0x57 +
             "002900dd00b800b22c035d829359ee5ff7af4ec900000000262a6494dc486d2c8a34cb33fa90bf1b0070ad3c498883c9367c09a2be785abc"
             "55cd226097a3a982117283f82a03a143efd3ff5dd36d64e861be7fd61d2827db279cce145077d454a3664d4e6da4d29ee03725a6a4dafcd0"
             "fc67d2aea70529513e3da2677fa5906c5b3f7d8f92f228bda40dda721470f9fbf297b5aea617646fac5c03272e970727c621a79141ef5f7d"
             "e6505e5bfbc388e93343694093934ae4d357fad6aacb0021203add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f"
             "9d"))],
    H("16030300600200005c03033ccfd2dec890222763472ae8136777c9d7358777bb66e91ea5122495f559ea2d00130100003400290002000000330024"
      "001d0020121761ee42c333e1b9e77b60dd57c2053cd94512ab47f115e86eff50942cea31002b00020304"),
    [H("1703030061dc48237b4b879f50d0d4d262ea8b4716eb40ddc1eb957e11126e8a7149c2d012d37a7115957e64ce30008b9e0323f2c05a9c1c77b4"
       "f37849a695ab255060a33fee770ca95cb8486bfd0843b87024865ca35cc41c4e515c64dcb1369f98635bc7a5")],
    [H("1703030015aca6fc944841298df99593725f9bf9754429b12f09"),
     H("170303003500f8b467d14cf22a4b3f0b6ae0d8e6cc8d08e0db3515ef5c2bdf1922eafbb70009964716d834fb70c3d2a56c5b1f5f6bdba6c333cf")],
    [("c", H("1703030043b1cebce242aa201be9ae5e1cb2a9aa4b33d4e866af1edb068919237741aa031d7a74d491c99b9d4e232b74206bc6fbaa04fe"
             "78be44a9b4f54320a17eb76992afac3103")),
     ("s", H("1703030043275e9f20acff57bc000657d3867df039cccf79047884cf75771746f740b5a83f462a0954c3581393a203a25a7dd14141ef1a"
             "37900cdb62ff62dee1ba39ab2590cbf194")),
     ("c", H("17030300130facce3246bdfc6369838d6a82ae6de5d422dc")),
     ("s", H("17030300135b18af444e8e1eec7158fb62d8f2577d37ba5d"))],
    sent=(b"ABCDEF" + DATA, DATA), psk=psk, early=[H("1703030017ab1df420e75c457a7cc5d2844f76d5aee4b4edbf049be0")])

# Section 5: hello retry request.
COOKIE = ("71dcd04bb88bc3189119398a00000000eefafc76c146b823b096f8aacad365dd0030953f4edf625636e5f21bb2e23fcc654b1b5b40318d10d1"
          "37abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa15b0c8be778257d16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0")
RANDOM = "b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f"
FEW_GROUPS = "000a00080006001d00170018"
make(
    "5", H("ab5473467e19346ceb0a0414e41da21d4d2445bc3025afe97c4e8dc8d513da39"),
    [("c", H("16030100b4010000b00303" + RANDOM + "00000613011303130201000081" + NAME + FEW_GROUPS +
             "003300260024001d0020e8e8e3f3b93a25ed97a14a7dcacb8a272c6288e585c6484d05262fcad062ad1f002b0003020304" + SIGNATURES
             + TAIL)),
     ("s", H("16030300b0020000ac0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c0013010000840033000200"
             "17002c00740072" + COOKIE + "002b00020304")),
     ("c", H("1603030200010001fc0303" + RANDOM + "000006130113031302010001cd" + NAME + FEW_GROUPS +
             "003300470045001700"
             "4104a6da7392ec591e17abfd535964b99894d13befb221b3def2ebe3830eac8f0151812677c4d6d2237e85cf01d6910cfb83954e76ba73"
             "52830534159897e8065780002b0003020304" + SIGNATURES + "002c00740072" + COOKIE + TAIL + "001500af" + "00" * 0xaf))],
    H("160303007b020000770303bb341d847fd789c47c387172dc0c9bf147fccacb5043d86ca4c598d3ff571b9800130100004f0033004500170041"
      "04583e054b7a66672ae020ad9d2686fcc85b5ad41a134a0f03ee72b893052bd85b4c8de6776f5b04ac07d83540eab3e3d9c547bc6528c4317d29"
      "4686093a6cad7d002b00020304"),
    [H("170303029699bee20baf5b7fc727bfab6223928a381e6d0cf9c4da653f9d2a7b23f7de11cce842d5cf75631763450ffb8b0cc1d238e658af7a12"
       "adc86243114ab14a1da2fae42621ce483fb6242eabfaad52566b02b31d2eddedefeb80e66a9900d5f973b40c4fdf74719ecf1b68d7f9c3b6ceb9"
       "03ca13dd1bb8f8187ae33417e1d152522c5822a1a03ad52c838c55953d610222874cce8e1790b229a2aa0b53c8d377ee720182951dc6181dc5d9"
       "0bd1f0105ed1e84aa5f75957c6661897079e5ea5007449e3197bdc7c9beeedddeafdd844afa5c315ecfe65e576afe909812880620ec7048b42d7"
       "f5c78d76f299d6d82534bdd8f512febc0ed3814aca470cd8000d3e1cb9962b052fbb950df683a52c2ba77ed3713b122937a6e5170964e2ab7969"
       "dcd980b3db9b458da7603124d6dc005e4d6e04b4d0c4baf3275db827dbba0a6db09672171fc057b3851d7e026841e2978fbd2346bbefdd0376bb"
       "1108fe9acc92189f5650aa5e85d8e8c7b67ac510dba003d3d7e16350bb66d45013efd44c9b607c0d318c4c7d1a1f5cbc57e20611804e3787d7b4"
       "a4b5f08ed8fd70bdaeade02260b12ab842ef690b4a3ee7911e841b374ecd5ebbbc2a54d047b600336dd7d0c88b4bc10e58ee6cb656de7247fa20"
       "d8e91deb84628608cf80615b62e96c1491c7ac3755eb6901405d3474fe1ac79d106a0cee56c2577fc88480f96cb6b8c681b7b68b53c146093908"
       "f350888175bdfb0b1e31ad61e30ba0adfe6d223aa03c0783b5001a57587c328a9afcfcfb978d1cd4328f7d9d60530e630befd96c0c816ee20b01"
       "00768ae2a6df51fc68f172740a79af11398ee3be1252491fa9c693479e877f94ab7c5f8cad480203e6ab7b87dd71e8a0729113df17f5eee86ce1"
       "08d1d72007ec1cd13c85a6c149621e77b7d78d805a30f0be030c315e54")],
    [H("1703030035d74f1923c662fd34137c6f502f3dd2b93d951d1b3bc97e42afe23c31abea92fe91b474999e85e3b791ce252fe8c3e9f939a4120cb2")],
    [("c", H("17030300132ea6cdf749196023e2b3a49491695536426047")),
     ("s", H("1703030013519fc5075cb0884349759ff9ef6f011bb4c6f2"))])

# Section 6: client authentication.
make(
    "6", H("c040b2bb8f3addd20fd4058c547003a3c6f9c1cd915d5e535c87d8d191aaf071"),
    [("c", H("16030100c0010000bc03036a472236328b83af40386d3a3e1f1ce624fa4ed89ab865a4ff0f4144ce3ae2330000061301130313020100008d"
             + NAME + GROUPS + "003300260024001d0020089cc2671f738d9a671e5b2e464981d05b76e361aa22aea91f1d49ca10a7a362"
             "002b0003020304" + SIGNATURES + TAIL))],
    H("160303005a0200005603033b50fdf1c3d572e40e68953e7fff4e2758459c59afa0582c0ea032874255fe6e00130100002e00330024001d0020"
      "6c2e50e865919a6b5a12dfaf918f92b442567b0f89bc54478c6921366658f062002b00020304"),
    [H("17030302166d0a7ac079b32a94aa68c4e2893e8bd0d3c185f549c236fbbce3d647f08f3c94a2bf424d8708883605ad8955f97718b0213dead13d"
       "fb23ebb8381da582756612bcb5a5d40847719fbe9f179bfae656f3ecfd59a4c0d35132ce418a7e46f6b6a60622f8a6c06b28d83360163563be9c"
       "37f97eb902326924a72b3ed8c8381277d1581cab9c3715ac2401398467ad7ebfab3d0c3419e750104f7d62c5027901f2e4cd4ca5b8071eb03d3c"
       "732d83215066dfc4d291d4c1ff3b8d7e4298f677d4d51dea1168d8f16cb27ba40266313a1fedf9e23cc77f765450f9e96f05d08f3da245b14d49"
       "46f07ec81eed6d56f26bd574f0b7f7c7047037c16fce3b23754e662fad73e2b7213f6af296769c99a1d38e6232e0ec8dc4f84d6aa6f7de3887be"
       "0057862f9018e0ab396705aa4090ab5f2dff6325a557e7320d4effd46bb4f997d163207cce6665294aa4465541e3fe37ee7350659ea550d6dcb6"
       "af3c518852c7a14c3cc15bc32b3273bdf1751da184203135b117d300204fb12d58ca9ac34b68eca27030832f7a4b46d2a55757f63fe8f6e85ac4"
       "7469e6198da88a64586bf23c69590de822263be75fd836847240c48f8c145cd6bd698962e7edc234ebe59231351eef8d7652cf3b08ab3af6e5ec"
       "74c58a8da34b39f9b0d6c4279a9a1f82071729e7059dd7f7b95b9433c4684ce1891a6d33432d52eddb0b8cee9181d403eccc12991f1ad4aa62c3"
       "6049713a7bb135fdda6661a05a93f8c16f")],
    [H("1703030280b46a63934e673841abaf267403bc677f6b6d2a1e2f12bb5f62683bfe36a82673f06d6287ddd609bcf2f5fd3225923d24af3c76682c"
       "180ee571a17ca4bfbe2f510dc9a0e1fca5cff2cee87d11cb531a6ef90bf5309a6b63bbbc0b88ea45103a4304091543859fa11ec032ed873444cd"
       "5185ead5f6a76420f0f0286acef802c8e4788c23275f1b06da600f4a7decd0bc59d7bef10e649ae32690397fc3d4ed6f30f801d8cd569b71ad4f"
       "a05ea7cf2ac2dfa150d220505d4011b34d09d53853eba61a101e4f8dca47d8171a884b19259a3dd48c5ac141983edc77814d25e7f66bbbdb9096"
       "839266e06561828ecfb27eafd4e9e81a0b96e3bfa42dae5ad80359b9a6661402c3a2104177030106dbd8f65bb6a0159d512eb13af22a259f313b"
       "d58c2e21fe053d57f2a962b0a4ea682c96f70b79b560136192823b27be6a2fb7b1c751ccc0e3303615541485b7b307b423332c11efa80b72f9b8"
       "0a53e53f7bb38a3af4c59f8008bad0544e5614e688ff57bccd6935f81f447f420c1c1bf4058818e90bf5dc716ccae42524856df8250bcdbd7af6"
       "5f82dd53061d024f6d2ff5c11e3792a9a70e0ee2a3c20a1b968ac391f8f92831135d25242ada2fe241c2653ec996339dfa12dfae7a3373df88b0"
       "7ca27aef6dc266a25f13f75c76039c1f46fd7a53ae6399c999f4b2aee18e480d6d12bfae226bbdc92a6ad50b4d3bac7abc3b3651eb5be56f33bf"
       "41127b3ca886dc714a50d1490357bd40d9fd6be42209a4ddb9ebb2987e29f120f05814614d2c79320015b461fe7324447670a1af5f65caed15b4"
       "74ab7faa495016adf808e53b94ef54afbb0e0a3a2732ab597f7d5923c77386aa5124731f8cc73e703b341c175a454939a77ab64313c15cf3fe03"
       "c4f33842564976")],
    [("c", H("1703030013e4ad7d44c29245339d355962c779b89ef44c58")),
     ("s", H("1703030013" "1decc5d6e64bba8a6f21b4fd077497da2a90cb"))])

# Section 7: compatibility mode.
SESSION = "20a80c165581a8e0d06c0018d54d3a06dd32cfd4051eb026fad3fd0ba99269e6ef"
make(
    "7", H("dea00b45695dc781f19d34a62c1afd31ab4369af1e855a3bbb258d8442cde6d7"),
    [("c", H("16030100e0010000dc03034e640a3f2c2738f09c9418bd78edccd7559d0531199276d4d92a0e9ee9d77d09" + SESSION +
             "0006130113031302" "0100008d" + NAME + GROUPS +
             "003300260024001d00208e7292cf3056dbb0d25fcbe55c107dc9bbf83dd9708f39203ba341249a7d9b63002b0003020304" + SIGNATURES
             + TAIL))],
    H("160303007a020000760303e5dd5948c435f7a38f0f0130708dc322d9df09abd4838117c183a7bb6d994f2c" + SESSION +
      "130100002e00330024001d00203e30f0f4ba551afd62768341175f5265e4daf0c8841617aa4fafdd2142320c22002b00020304"),
    [CCS,
     H("17030302a248de891d9c3624a67a6c6f0601ab7ac20c1f6a9e14d2e6007e999e130367a8af1bcfea9498fbce19df4505eece3a25da523cbe55ea"
       "1b3bda4e91995e455d500a4faa6227b7111e1c8547e2d7c179db215303d25827f3cd18f48f6491328cf5c0f814d388150bd9e9264aae491db699"
       "5069bea17665d5e0c817284d4ac21880054c3657331e23a9304dc88a15c04ec80bd3852bf7f9d3c6615b15fac83bbca031c6d2310d9f5d7a4b02"
       "0a4f7c19062b65c05a1d3264b557ec9d8e0f7cee27e36f793039de8dd96edfca9009e0651034bff31d7f349eece01d99fcb5fcab840d7707c722"
       "99c3b5d04564e880a33c5e846c762e3d922bb55303d1d87cc0f06573f17dcb9b8ffd35bbd883c1cb3aa24fcc325005f768ce2fb624ca97b6c4d9"
       "8e17f35bc2c7940a06100c2d448db7180b2d862164435c9c210e9860394e05aab23ff1b0203f662c588da5bc4411477a30b41136c488a0a63fca"
       "b5c15ac613226dae827a1d1fe95ece6b30bcee1560a8d408d264555e760f9bfc624c2c87fd0456c9bfb41bcd1a7b212786d2b67fd57804facfa1"
       "eef7cf2919d8b998c9789f763b4d9caa093a9ded43175d46a76b4d54f0ce0c5d2259b607e30a9d241263874fa59d6f570dc40d83a2d83bf9e985"
       "0d454c57806535a8998ae0357df92f00b9667344c24114ccc9ef539124b204e7e6e748c30a28a3d1d183997243eaccbbd33b0c1115a0327106a1"
       "e6a75271d4983086f632ff0eb8b4c63102cbcef5bb72dae1279d5de8eb19096d8cdb07fa8ea989788fac23e66e0488c193f3f3fea8c8838896bf"
       "3ae4b6848d42ced4bdf41abe6fc331b44225e7a1f7d3564147d5458e71aa909cb02be958bbc42e3aa5a27cc6eaf4b6fe51ae4495694d8ab6320a"
       "ab920183fd5b31a359042fbd67391ec5e4d1892a2e5210141a494e9301b24a113c474c7f2a73457847")],
    [CCS,
     H("170303003532d030e273773a8696c799981af6ced07f87482e81565e394e87c867f33df3d65b7506f1a626af91d4821d5f7a1f210ef8dd3c6d16")],
    [("c", H("17030300130f629155382dba23c4e2c5f7f84e6f2ed3083d")),
     ("s", H("1703030013b7257b0fecaf69d4f09e3f891e2a25d1e28845"))])
