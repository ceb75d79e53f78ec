"""KServe's Python server with a model that gives back its input. usage: kserve_identity.py HTTP_PORT GRPC_PORT"""
import sys

from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer


class Identity(Model):
    def __init__(self):
        super().__init__("identity")
        self.ready = True

    async def get_input_types(self):
        return [{"name": "x", "datatype": "FP32", "shape": [-1, -1]}]

    async def get_output_types(self):
        return [{"name": "y", "datatype": "FP32", "shape": [-1, -1]}]

    def predict(self, payload: InferRequest, headers=None, response_headers=None):
        given = payload.inputs[0]
        output = InferOutput("y", given.shape, given.datatype)
        came_binary = getattr(given, "_raw_data", None) is not None  # an answer in the form of the request
        output.set_data_from_numpy(given.as_numpy(), binary_data=came_binary)
        return InferResponse(payload.id or "", "identity", [output])


ModelServer(http_port=int(sys.argv[1]), grpc_port=int(sys.argv[2]), workers=1).start([Identity()])
