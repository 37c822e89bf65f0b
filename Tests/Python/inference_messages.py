"""The messages of the Open Inference Protocol over gRPC, described a second time from the protocol's field numbers,
so that a wrong number on the gateway's side is found."""

from collections.abc import Callable

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Field = descriptor_pb2.FieldDescriptorProto
SERVICE = "inference.GRPCInferenceService"
TYPES = {
    "bool": Field.TYPE_BOOL,
    "int32": Field.TYPE_INT32,
    "int64": Field.TYPE_INT64,
    "uint32": Field.TYPE_UINT32,
    "uint64": Field.TYPE_UINT64,
    "float": Field.TYPE_FLOAT,
    "double": Field.TYPE_DOUBLE,
    "string": Field.TYPE_STRING,
    "bytes": Field.TYPE_BYTES,
}
PARAMETERS = "map InferParameter"
# Name, then type of field 1, 2, 3, …; "*" is repeated.
MESSAGES: dict[str, list[tuple[str, str]]] = {
    "ServerLiveRequest": [],
    "ServerLiveResponse": [("live", "bool")],
    "ServerReadyRequest": [],
    "ServerReadyResponse": [("ready", "bool")],
    "ModelReadyRequest": [("name", "string"), ("version", "string")],
    "ModelReadyResponse": [("ready", "bool")],
    "ServerMetadataRequest": [],
    "ServerMetadataResponse": [("name", "string"), ("version", "string"), ("extensions", "*string")],
    "ModelMetadataRequest": [("name", "string"), ("version", "string")],
    "TensorMetadata": [("name", "string"), ("datatype", "string"), ("shape", "*int64")],
    "ModelMetadataResponse": [
        ("name", "string"),
        ("versions", "*string"),
        ("platform", "string"),
        ("inputs", "*TensorMetadata"),
        ("outputs", "*TensorMetadata"),
    ],
    "InferParameter": [
        ("bool_param", "one bool"),
        ("int64_param", "one int64"),
        ("string_param", "one string"),
        ("double_param", "one double"),
        ("uint64_param", "one uint64"),
    ],
    "InferTensorContents": [
        ("bool_contents", "*bool"),
        ("int_contents", "*int32"),
        ("int64_contents", "*int64"),
        ("uint_contents", "*uint32"),
        ("uint64_contents", "*uint64"),
        ("fp32_contents", "*float"),
        ("fp64_contents", "*double"),
        ("bytes_contents", "*bytes"),
    ],
    "InferTensor": [
        ("name", "string"),
        ("datatype", "string"),
        ("shape", "*int64"),
        ("parameters", PARAMETERS),
        ("contents", "InferTensorContents"),
    ],
    "InferRequestedOutputTensor": [("name", "string"), ("parameters", PARAMETERS)],
    "ModelInferRequest": [
        ("model_name", "string"),
        ("model_version", "string"),
        ("id", "string"),
        ("parameters", PARAMETERS),
        ("inputs", "*InferTensor"),
        ("outputs", "*InferRequestedOutputTensor"),
        ("raw_input_contents", "*bytes"),
    ],
    "ModelInferResponse": [
        ("model_name", "string"),
        ("model_version", "string"),
        ("id", "string"),
        ("parameters", PARAMETERS),
        ("outputs", "*InferTensor"),
        ("raw_output_contents", "*bytes"),
    ],
}


def messages() -> dict[str, type]:
    """A class for each message."""
    file = descriptor_pb2.FileDescriptorProto(name="inference.proto", package="inference", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field_name, written) in enumerate(fields, 1):
            kind = written.removeprefix("*").removeprefix("one ")
            field = message.field.add(name=field_name, number=number, label=Field.LABEL_OPTIONAL)
            if written.startswith("*"):
                field.label = Field.LABEL_REPEATED
            if written.startswith("one "):
                if not message.oneof_decl:
                    message.oneof_decl.add(name="parameter_choice")
                field.oneof_index = 0
            if written == PARAMETERS:
                entry = message.nested_type.add(name="ParametersEntry")
                entry.options.map_entry = True
                entry.field.add(name="key", number=1, label=Field.LABEL_OPTIONAL, type=Field.TYPE_STRING)
                value = entry.field.add(name="value", number=2, label=Field.LABEL_OPTIONAL, type=Field.TYPE_MESSAGE)
                value.type_name = ".inference.InferParameter"
                (field.label, field.type) = (Field.LABEL_REPEATED, Field.TYPE_MESSAGE)
                field.type_name = f".inference.{name}.ParametersEntry"
            elif kind in TYPES:
                field.type = TYPES[kind]
            else:
                (field.type, field.type_name) = (Field.TYPE_MESSAGE, f".inference.{kind}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"inference.{name}")) for name in MESSAGES
    }


M = messages()


def method(channel: grpc.Channel, name: str) -> Callable:
    """A unary method of the service."""
    return channel.unary_unary(
        f"/{SERVICE}/{name}",
        request_serializer=M[f"{name}Request"].SerializeToString,
        response_deserializer=M[f"{name}Response"].FromString,
    )
