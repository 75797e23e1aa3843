//! What the head of an executable file (ELF) says about the systems that can run it. Pure.

/// The type of the program header that names the dynamic linker.
const PT_INTERP: u32 = 3;

/// How many bytes of a file are needed: the header, and the table of program headers, which linkers put behind it.
pub const HEAD_BYTES_MAX: usize = 4096;

/// What an executable needs to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElfHead {
    /// The architecture in Docker's words: `amd64`; `None` if it is none of those that Docker has names for.
    pub architecture: Option<&'static str>,
    /// Whether the kernel alone can start it: it names no dynamic linker.
    pub is_static: bool,
}

impl ElfHead {
    /// Reads the first [`HEAD_BYTES_MAX`] bytes of a file; `None` if they are no ELF header with its program headers.
    pub fn parse(head: &[u8]) -> Option<Self> {
        let head =
            Fields { is_big_endian: *head.get(5)? == 2, bytes: head.strip_prefix(b"\x7fELF").map(|_| head)? };
        let is_64_bit = *head.bytes.get(4)? == 2;
        let (offset, entry_size, count) = match is_64_bit {
            true => (head.number(32, 8)?, head.number(54, 2)?, head.number(56, 2)?),
            false => (head.number(28, 4)?, head.number(42, 2)?, head.number(44, 2)?),
        };
        let mut is_static = true;
        for index in 0..count {
            let at = offset.checked_add(index.checked_mul(entry_size)?)?;
            is_static &= head.number(usize::try_from(at).ok()?, 4)? != u64::from(PT_INTERP);
        }
        Some(Self { architecture: architecture(head.number(18, 2)?, head.is_big_endian), is_static })
    }
}

struct Fields<'a> {
    bytes: &'a [u8],
    is_big_endian: bool,
}

impl Fields<'_> {
    fn number(&self, at: usize, length: usize) -> Option<u64> {
        let field = self.bytes.get(at..at.checked_add(length)?)?;
        let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        Some(match self.is_big_endian {
            true => field.iter().fold(0, add),
            false => field.iter().rev().fold(0, add),
        })
    }
}

/// Go's name of a value of `e_machine`, which is Docker's.
fn architecture(machine: u64, is_big_endian: bool) -> Option<&'static str> {
    Some(match (machine, is_big_endian) {
        (3, _) => "386",
        (21, false) => "ppc64le",
        (22, _) => "s390x",
        (40, _) => "arm",
        (62, _) => "amd64",
        (183, _) => "arm64",
        (243, _) => "riscv64",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of 64 bits with these types of program headers.
    fn elf64(machine: u16, types: &[u32]) -> Vec<u8> {
        let mut file = vec![0; 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[18..20].copy_from_slice(&machine.to_le_bytes());
        file[32..40].copy_from_slice(&64_u64.to_le_bytes());
        file[54..56].copy_from_slice(&56_u16.to_le_bytes());
        file[56..58].copy_from_slice(&u16::try_from(types.len()).unwrap().to_le_bytes());
        for kind in types {
            file.extend_from_slice(&kind.to_le_bytes());
            file.extend_from_slice(&[0; 52]);
        }
        file
    }

    #[test]
    fn a_file_that_names_a_dynamic_linker_is_not_static() {
        let head = |types: &[u32]| ElfHead::parse(&elf64(62, types)).unwrap().is_static;
        assert_eq!((head(&[6, 1, 2]), head(&[6, 3, 1]), head(&[])), (true, false, true));
    }

    #[test]
    fn architectures_have_dockers_names() {
        let architecture = |machine| ElfHead::parse(&elf64(machine, &[])).unwrap().architecture;
        assert_eq!([62, 183, 8].map(architecture), [Some("amd64"), Some("arm64"), None]);
        let mut big_endian = vec![0; 52];
        big_endian[..6].copy_from_slice(b"\x7fELF\x01\x02");
        big_endian[19] = 22;
        let head = ElfHead::parse(&big_endian).unwrap();
        assert_eq!(head, ElfHead { architecture: Some("s390x"), is_static: true });
    }

    #[test]
    fn what_is_no_executable_or_cut_short_has_no_head() {
        let whole = elf64(62, &[1, 3]);
        for cut in 0..whole.len() - 52 {
            assert_eq!(ElfHead::parse(&whole[..cut]), None, "{cut}");
        }
        assert_eq!(ElfHead::parse(b"#!/bin/sh\nexec true\n"), None);
        let mut endless = elf64(62, &[]);
        endless[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        endless[56] = 2;
        assert_eq!(ElfHead::parse(&endless), None);
    }

    #[test]
    fn the_test_program_itself_can_be_read() {
        let file = std::fs::read(crate::linux::process::EXECUTABLE).unwrap();
        let head = ElfHead::parse(&file[..HEAD_BYTES_MAX]).unwrap();
        let architecture = match std::env::consts::ARCH {
            "x86_64" => Some("amd64"),
            "aarch64" => Some("arm64"),
            other => Some(other),
        };
        assert_eq!(head.architecture, architecture);
    }
}
