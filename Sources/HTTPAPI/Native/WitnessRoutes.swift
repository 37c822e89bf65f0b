import AuditLog
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore

/// This server as a witness of other logs (C2SP tlog-witness). Open to everybody: a request is believed by the signature of the
/// log it is about, and nothing is answered that is not public.
struct WitnessRoutes {
    let services: APIServices

    func add(open router: Router<APIContext>) {
        router.post("witness/add-checkpoint") { request, _ in
            guard let witness = services.outside.witness else {
                throw GatehouseError(
                    .notFound, "This server is no witness.", hint: "Start it with --witness-for FILE to cosign other logs.")
            }
            let answer: CosigningAnswer
            do {
                let body = try await request.body.collect(upTo: CosigningRequest.bytesMax)
                answer = try await witness.answer(Array(body.readableBytesView))
            } catch is NIOTooManyBytesError {
                answer = .malformed("The request has more than \(CosigningRequest.bytesMax) bytes.")
            }
            return Response(
                status: .init(code: answer.status), headers: [.contentType: answer.contentType],
                body: .init(byteBuffer: ByteBuffer(string: answer.body)))
        }
    }
}
