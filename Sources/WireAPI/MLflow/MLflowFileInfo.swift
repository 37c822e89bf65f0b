package import GatehouseCore

/// A file or folder as MLflow lists it. The size of an empty file is left out, as MLflow does.
package struct MLflowFileInfo: Sendable, Hashable {
    package let path: String
    /// Nil: a folder.
    package let bytes: Int64?

    package init(path: String, bytes: Int64?) {
        self.path = path
        self.bytes = bytes
    }

    package init(_ fields: MLflowFields) throws(GatehouseError) {
        path = try fields.requiredText("path")
        bytes = try fields.flag("is_dir") ?? false ? nil : try fields.integer("file_size") ?? 0
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.member("path", path)
            $0.member("is_dir", bytes == nil)
            $0.member("file_size", bytes == 0 ? nil : bytes)
        }
    }
}
