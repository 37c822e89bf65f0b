package import AsyncHTTPClient
import GatehouseCore

// The files of runs and logged models, wherever the server keeps them.
extension MLflowClient {
    /// A server gives no more entries of a folder than this in one answer that we read.
    package static let folderEntriesMax = 100_000

    /// The entries of a folder with their paths below the owner's root.
    package func files(of owner: String, isModel: Bool, in folder: String) async throws -> [MLflowFileInfo] {
        var found: [MLflowFileInfo] = []
        var token: String?
        repeat {
            var query = isModel ? [] : [("run_id", owner)]
            if !folder.isEmpty { query.append((isModel ? "artifact_directory_path" : "path", folder)) }
            if let token { query.append(("page_token", token)) }
            let place =
                isModel
                ? "api/2.0/mlflow/logged-models/\(GatehouseClient.encoded(owner))/artifacts/directories"
                : "api/2.0/mlflow/artifacts/list"
            let answer = try await get(place, query)
            found += try answer.objects("files").map { try MLflowFileInfo($0) }
            token = try answer.givenText("next_page_token")
            guard found.count <= Self.folderEntriesMax else {
                throw GatehouseError(
                    .tooLarge, "The folder '\(folder)' of \(owner) has more than \(Self.folderEntriesMax) entries.")
            }
        } while token != nil
        return found
    }

    /// A file, to be read piece by piece.
    package func open(_ path: String, of owner: String, isModel: Bool) async throws -> HTTPClientResponse {
        if isModel {
            return try await download(
                "ajax-api/2.0/mlflow/logged-models/\(GatehouseClient.encoded(owner))/artifacts/files",
                [("artifact_file_path", path)])
        }
        return try await download("get-artifact", [("run_id", owner), ("path", path)])
    }
}
