"""Reads PDUs with other people's decoders: one JSON object a line in, one a line out, a key for each decoder found.

The first argument is a directory with installed packages. Started by tests/it/cross.rs.
"""
import json
import sys

sys.path.insert(0, sys.argv[1])
decoders = {}
try:
    from smspdudecoder.easy import read_incoming_sms

    def smspdudecoder(pdu):
        read = read_incoming_sms(pdu)
        return {"text": read["content"], "sender": read["sender"]}

    decoders["smspdudecoder"] = smspdudecoder
except ImportError:
    pass
try:
    import gammu

    def python3_gammu(pdu):
        read = gammu.DecodePDU(bytes.fromhex(pdu), True)
        # The binding returns what lies in memory behind the end of a text with extension letters.
        return {"text": read["Text"].split("\0")[0], "sender": read["Number"]}

    decoders["python3-gammu"] = python3_gammu
except ImportError:
    pass

for line in sys.stdin:
    pdu = json.loads(line)["pdu"]
    answers = {}
    for name, decode in decoders.items():
        try:
            answers[name] = decode(pdu)
        except Exception as error:
            answers[name] = {"error": repr(error)}
    print(json.dumps(answers))
