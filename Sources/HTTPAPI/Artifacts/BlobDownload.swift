import Foundation
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import Registry

/// A file on its way out: whole or a range, always as an attachment, so that no browser runs what a model brought along.
struct BlobDownload {
    let blob: Blob
    let name: String
    let artifacts: any ArtifactStore

    /// Fails with `integrity` when the bytes are damaged or gone; those of a small file are checked before anything is sent,
    /// a large one breaks off before its end.
    func response(to request: Request) async throws -> Response {
        let etag = "\"\(blob.digest.hex)\""
        if let known = request.headers[.ifNoneMatch], Self.list(known, holds: etag) {
            var unchanged = Response(status: .notModified, headers: [.eTag: etag, .acceptRanges: "bytes"])
            unchanged.headers[.contentLength] = nil
            return unchanged
        }
        let isRangeMeant = request.headers[.ifRange].map { $0 == etag } ?? true
        var headers = headers(etag)
        let range: Range<Int64>
        var status = HTTPResponse.Status.ok
        switch ByteRange(header: isRangeMeant ? request.headers[.range] : nil, of: blob.bytes) {
        case .whole: range = 0..<blob.bytes
        case .part(let part):
            range = part
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(blob.bytes)"
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(blob.bytes)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
        let body = try await body(range)
        return Response(status: status, headers: headers, body: body)
    }

    private func body(_ range: Range<Int64>) async throws -> ResponseBody {
        let pieces = BlobPieces(blob, try await open(), range: range)
        guard range.count > BlobPieces.pieceBytes else {
            var buffer = ByteBuffer()
            for try await piece in pieces { buffer.writeBytes(piece) }
            return ResponseBody(byteBuffer: buffer)
        }
        return ResponseBody(contentLength: range.count) { writer in
            for try await piece in pieces { try await writer.write(ByteBuffer(bytes: piece)) }
            try await writer.finish(nil)
        }
    }

    /// A record names the bytes, so their absence is damage and not the caller's mistake.
    private func open() async throws -> any BlobReader {
        do {
            let reader = try await artifacts.open(blob.digest)
            guard reader.bytes == blob.bytes else { throw GatehouseError.changedInStore(blob.digest) }
            return reader
        } catch let error as GatehouseError where error.code == .notFound {
            throw GatehouseError(
                .integrity, "The bytes of '\(name)' (\(blob.digest)) are missing from the store.",
                hint: "Restore the file from a backup, or upload the same bytes again.")
        }
    }

    private func headers(_ etag: String) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: FileType.named(name), .contentDisposition: ContentDisposition.attachment(name), .acceptRanges: "bytes",
            .eTag: etag,
        ]
        if let sniffing = HTTPField.Name("X-Content-Type-Options") { headers[sniffing] = "nosniff" }
        return headers
    }

    /// `*`, or a list of tags, each perhaps weak.
    private static func list(_ header: String, holds etag: String) -> Bool {
        header.split(separator: ",").contains { entry in
            let entry = entry.trimmingCharacters(in: .whitespaces)
            return entry == "*" || entry == etag || entry == "W/\(etag)"
        }
    }
}

/// RFC 6266 with the names of RFC 8187.
enum ContentDisposition {
    /// The second form of a name is for clients that read more than ASCII.
    static func attachment(_ name: String) -> String {
        let plain = name.unicodeScalars.allSatisfy(\.isASCII) ? name : asciiForm(name)
        let quoted = isToken(plain) ? plain : "\"\(plain.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        guard plain != name else { return "attachment; filename=\(quoted)" }
        return "attachment; filename=\(quoted); filename*=UTF-8''\(percentEncoded(name))"
    }

    private static func asciiForm(_ name: String) -> String {
        let letters = name.decomposedStringWithCompatibilityMapping.unicodeScalars.filter(\.isASCII)
        let text = String(String.UnicodeScalarView(letters))
        return text.isEmpty ? "download" : text
    }

    private static let tokenMarks = Set("!#$%&'*+-.^_`|~".utf8)
    /// RFC 8187's `attr-char` without letters and digits.
    private static let attributeMarks = Set("!#$&+-.^_`|~".utf8)

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isLetterOrDigit($0) || tokenMarks.contains($0) }
    }

    private static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            if isLetterOrDigit(byte) || attributeMarks.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (hex.count < 2 ? "0" : "") + hex
            }
        }
        return encoded
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
