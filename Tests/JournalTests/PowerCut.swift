import Platform

/// Lists the disks that a power cut may leave of a disk's state.
///
/// Each unsynced write is cut into sectors; any subset of them may be there, and one of them may be cut at any byte.
/// Each unsynced change of a directory may be there or not, a rename as a whole. What was synced stays.
enum PowerCut {
    /// Small, so that small workloads have several sectors in a write.
    static let sectorBytes = 64
    /// Up to this many sectors or names, every subset is listed; beyond it, the telling ones.
    static let subsetBitsMax = 6

    struct Options {
        /// Whether each sector is cut at each byte as well, or only there or not.
        var cutsBytes = true
    }

    /// Calls `body` with each disk.
    static func each(_ state: SimulatedDisk.State, _ options: Options = Options(), _ body: (SimulatedDisk) -> Void) {
        let pieces = pieces(state)
        for names in subsets(state.pendingNames.count) {
            for present in subsets(pieces.count) {
                body(
                    disk(state, names: names, pieces: pieces.indices.filter { present.contains($0) }.map { pieces[$0] })
                )
            }
            if options.cutsBytes {
                cuts(state, names, pieces, body)
            }
        }
    }

    private struct Piece {
        let inode: Int
        let change: SimulatedDisk.Change
    }

    private static func cuts(
        _ state: SimulatedDisk.State,
        _ names: Set<Int>,
        _ pieces: [Piece],
        _ body: (SimulatedDisk) -> Void
    ) {
        for (index, piece) in pieces.enumerated() {
            guard case .write(let offset, let bytes) = piece.change, bytes.contains(where: { $0 != 0 }) else {
                continue
            }
            for length in 1..<max(1, bytes.count) {
                let cut = Piece(inode: piece.inode, change: .write(offset: offset, bytes: Array(bytes[..<length])))
                body(disk(state, names: names, pieces: pieces[..<index] + [cut]))
                if index + 1 < pieces.count {
                    body(disk(state, names: names, pieces: pieces[..<index] + [cut] + pieces[(index + 1)...]))
                }
            }
        }
    }

    private static func pieces(_ state: SimulatedDisk.State) -> [Piece] {
        var pieces: [Piece] = []
        for (inode, file) in state.inodes.sorted(by: { $0.key < $1.key }) {
            for change in file.pending {
                guard case .write(var offset, let bytes) = change else {
                    pieces.append(Piece(inode: inode, change: change))
                    continue
                }
                var rest = bytes[...]
                // Zeros over zeros make no difference that a journal could see; they are one piece.
                let isBlank = bytes.allSatisfy { $0 == 0 }
                while !rest.isEmpty {
                    let count = isBlank ? rest.count : min(rest.count, sectorBytes - offset % sectorBytes)
                    pieces.append(Piece(inode: inode, change: .write(offset: offset, bytes: Array(rest.prefix(count)))))
                    rest = rest.dropFirst(count)
                    offset += count
                }
            }
        }
        return pieces
    }

    private static func disk(
        _ state: SimulatedDisk.State,
        names: Set<Int>,
        pieces: some Sequence<Piece>
    ) -> SimulatedDisk {
        var left = SimulatedDisk.State()
        left.inodes = state.inodes.mapValues { SimulatedDisk.Inode(durable: $0.durable) }
        for piece in pieces {
            piece.change.apply(to: &left.inodes[piece.inode, default: SimulatedDisk.Inode()].durable)
        }
        left.durableNames = state.durableNames
        left.durableDirectories = state.durableDirectories
        for (index, change) in state.pendingNames.enumerated() where names.contains(index) {
            change.apply(to: &left.durableNames, &left.durableDirectories)
        }
        left.bytesMax = state.bytesMax
        left.forgetPending()
        return SimulatedDisk(left)
    }

    /// Subsets of `0..<count`: all of them where there are few, else none, all, all but one, one alone, the first ones.
    private static func subsets(_ count: Int) -> [Set<Int>] {
        if count <= subsetBitsMax {
            return (0..<(1 << count)).map { bits in Set((0..<count).filter { bits >> $0 & 1 == 1 }) }
        }
        let all = Set(0..<count)
        var subsets: [Set<Int>] = [[], all]
        for index in 0..<count {
            subsets += [all.subtracting([index]), [index], Set(0..<index), Set(index..<count)]
        }
        return subsets
    }
}
