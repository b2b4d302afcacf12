"""MQTT over TLS: mosquitto and its clients, which write no key log, and a client of Python's that does."""
import json
import shutil
import ssl
import threading

import space
from maker import ENV, HERE, PSK
from space import CLOUD, DEVICE, HOST

EMAIL, PHONE, IMEI = "asha.rao@mail.example", "447700900123", "001014001234566"
STATE = json.dumps({"owner": EMAIL, "lamp": "on"})


MOST = """openssl_conf = all
[all]
ssl_conf = kinds
[kinds]
system_default = limits
[limits]
MaxProtocol = TLSv1.2
CipherString = DEFAULT:@SECLEVEL=0
"""


def configured(maker, *lines, port=8883, latest=False):
    """mosquitto; in TLS 1.2 where its latest version is not asked for, which mosquitto itself cannot be told."""
    config, limits = maker.work / "mosquitto.conf", maker.work / "openssl.cnf"
    # A listener for WebSockets alone is not enough for mosquitto 2.0.11.
    lines = ["allow_anonymous true", "user root", "listener 1883 127.0.0.1", f"listener {port} {CLOUD}", *lines]
    config.write_text("\n".join(lines) + "\n")
    limits.write_text(MOST)
    env = ENV if latest else dict(ENV, OPENSSL_CONF=str(limits))
    return maker.serving("mosquitto", "-c", config, port=port, env=env)


def publish(maker, version, *options):
    """A connection with a will and a user name, and one message."""
    maker.said("mqtt", "connect", name="lamp-77")
    maker.said("mqtt", "publish", name=f"home/{PHONE}/lamp", body_bytes=len(STATE))
    for field, value in (("mqtt.clientid", "lamp-77"), ("mqtt.username", "asha"), ("mqtt.willtopic", f"home/{IMEI}/last"),
                         ("mqtt.topic", f"home/{PHONE}/lamp"), ("mqtt.msg", STATE.encode().hex())):
        maker.seen("mqtt", field, value)
    maker.left("email[0]", "mqtt", "mqtt.payload", "json:$.owner")
    maker.left("phone_number[0]", "mqtt", "mqtt.topic")
    maker.left("imei[0]", "mqtt", "mqtt.will.topic")
    maker.run("mosquitto_pub", "-V", version, "-A", DEVICE, "-h", HOST, "-p", "8883", "-i", "lamp-77", "-u", "asha", "-P", "a word",
              "--will-topic", f"home/{IMEI}/last", "--will-payload", f"gone from {HOST}", "-t", f"home/{PHONE}/lamp", "-q", "1", "-m", STATE,
              *options, keys=False, check=True)


def private_key(version, *options):
    """RSA key exchange: the server's private key opens it."""
    def make(maker):
        key = HERE / f"{maker.name}.pem"
        shutil.copy(maker.work / "rsa-key.pem", key)
        maker.telltale, maker.tshark = ["--keys", key.name], ["-o", f"uat:rsa_keys:\"{key.name}\",\"\""]
        with configured(maker, f"certfile {maker.work / 'rsa.pem'}", f"keyfile {maker.work / 'rsa-key.pem'}",
                        "ciphers AES256-GCM-SHA384"), space.captured(HERE / maker.capture):
            publish(maker, version, "--cafile", maker.work / "rsa.pem", "--tls-version", "tlsv1.2", *options)
    return make


def shared_key(maker):
    """The identity of the key goes in clear, before anything is encrypted."""
    words = maker.work / "psk"
    words.write_text(f"{EMAIL}:{PSK}\n")
    maker.telltale, maker.tshark = ["--psk", PSK], ["-o", f"tls.psk:{PSK}"]
    with configured(maker, f"psk_file {words}", f"psk_hint {HOST}", "tls_version tlsv1.2",
                    "ciphers PSK-AES128-GCM-SHA256"), space.captured(HERE / maker.capture):
        publish(maker, "mqttv311", "--psk", PSK, "--psk-identity", EMAIL, "--tls-version", "tlsv1.2", "--ciphers",
                "PSK-AES128-GCM-SHA256")
    maker.left("email[0]", "tls", "tls.handshake", "tls.record", encryption="none", opened_with=None)


def with_properties(maker):
    private_key("mqttv5", "-D", "CONNECT", "user-property", "owner", EMAIL, "-D", "PUBLISH", "response-topic", f"reply/{IMEI}",
                "-D", "PUBLISH", "content-type", "application/json")(maker)
    maker.left("email[0]", "mqtt", "mqtt.user_property:owner")
    maker.left("imei[0]", "mqtt", "mqtt.property:response_topic")
    maker.seen("mqtt", "mqtt.prop_value", EMAIL)


def over_websocket(maker):
    """paho's client: MQTT over WebSocket over TLS."""
    import paho.mqtt.client
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(maker.work / "ec.pem")
    context.keylog_filename = str(maker.log)
    with configured(maker, f"certfile {maker.work / 'ec.pem'}", f"keyfile {maker.work / 'ec-key.pem'}",
                    "protocol websockets", port=443, latest=True), space.captured(HERE / maker.capture):
        client = paho.mqtt.client.Client("lamp-77", transport="websockets")
        client.tls_set_context(context)
        client.username_pw_set(EMAIL, "a word")
        client.will_set("last", "gone")
        there, through = threading.Event(), threading.Event()
        client.on_connect = lambda *_: there.set()
        client.on_publish = lambda *_: through.set()
        client.ws_set_options("/mqtt")
        client.connect(HOST, 443)
        client.loop_start()
        there.wait(10)
        client.publish("home/lamp", STATE, qos=1)
        through.wait(10)
        client.disconnect()
        client.loop_stop()
    maker.made.append("paho.mqtt.client, transport websockets")
    maker.requests.append({"method": "GET", "url": f"https://{HOST}:443/mqtt", "status": 101, "sent": 0, "received": 0})
    maker.said("mqtt", "connect", name="lamp-77")
    maker.said("mqtt", "publish", name="home/lamp", body_bytes=len(STATE))
    for _ in range(5):  # CONNECT, CONNACK, PUBLISH, PUBACK, DISCONNECT; tshark looks for no MQTT in them
        maker.said("websocket", "binary")
    maker.seen("websocket", "websocket.opcode", *[2] * 5)
    maker.left("email[0]", "mqtt", "mqtt.username")
    maker.left("email[0]", "mqtt", "mqtt.payload", "json:$.owner")


FIXTURES = {
    "mqtt-rsa-key": ("mosquitto and its client, MQTT 3.1.1, opened with the server's private key", "tls1.2", private_key("mqttv311")),
    "mqtt5-rsa-key": ("the same with MQTT 5 and properties", "tls1.2", with_properties),
    "mqtt-psk": ("the same with a pre-shared key, whose identity is the owner's address", "tls1.2", shared_key),
    "mqtt-websocket": ("MQTT over WebSocket over TLS", "tls1.3", over_websocket),
}
