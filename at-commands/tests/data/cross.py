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
        partial = read["partial"]
        part = [partial["part_number"], partial["parts_count"]] if partial else None
        return {"text": read["content"], "number": read["sender"], "part": part, "utc": read["date"].strftime("%Y-%m-%dT%H:%M:%S")}

    decoders["smspdudecoder"] = smspdudecoder
except ImportError:
    pass
try:
    import gammu

    def python3_gammu(pdu):
        read = gammu.DecodePDU(bytes.fromhex(pdu), True)
        header = read["UDH"]
        return {
            "type": read["Type"],
            # The binding returns what lies in memory behind the end of a text with extension letters.
            "text": read["Text"].split("\0")[0],
            "number": read["Number"],
            "part": [header["PartNumber"], header["AllParts"]] if header["AllParts"] > 0 else None,
            "local": str(read["DateTime"]).replace(" ", "T"),
            "mr": read["MessageReference"],
            "st": read["DeliveryStatus"],
            "validity": read["SMSC"]["Validity"],
        }

    decoders["python3-gammu"] = python3_gammu
except ImportError:
    pass

for line in sys.stdin:
    asked = json.loads(line)
    answers = {}
    for name in asked["decoders"]:
        if name not in decoders:
            continue
        try:
            answers[name] = decoders[name](asked["pdu"])
        except Exception as error:
            answers[name] = {"error": repr(error)}
    print(json.dumps(answers))
