import HTTP
import Platform
import Synchronization

/// The documents that the server has about itself, each made when it is first asked for.
///
/// - Isolation: any thread; the first one to ask makes the others wait.
final class Documents: Sendable {
    /// A document as it is sent.
    struct Document: Sendable {
        let type: ContentType
        let bytes: [UInt8]
        let tag: EntityTag

        init(_ type: ContentType, _ text: String) {
            self.type = type
            let bytes = Array(text.utf8)
            let count = UInt64(UInt32(truncatingIfNeeded: bytes.count))
            tag = EntityTag(UInt64(CRC32C.checksum(bytes.span)) << 32 | count)
            self.bytes = bytes
        }
    }

    private struct Made {
        let json: Document
        let yaml: Document
        let page: Document
    }

    private let configuration: ServerConfiguration
    private let made = Mutex<Made?>(nil)

    init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
    }

    /// The document with a name.
    func document(_ name: DocumentName) -> Document {
        switch name {
        case .openAPI: all.json
        case .openAPIText: all.yaml
        case .page: all.page
        }
    }

    private var all: Made {
        made.withLock { made in
            if let made { return made }
            let description = APIDescription(configuration)
            let tree = description.document
            let fresh = Made(
                json: Document(.json, tree.indentedJSON),
                yaml: Document(.yaml, tree.yaml),
                page: Document(.html, DocumentationPage(description).html)
            )
            made = fresh
            return fresh
        }
    }
}
