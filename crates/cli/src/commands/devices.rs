use crate::args;
#[cfg(feature = "gpu")]
use crate::flags::as_flags;

/// `graticule devices`.
pub(crate) fn devices(options: &args::Devices) -> anyhow::Result<()> {
    #[cfg(feature = "gpu")]
    {
        let adapters = graticule::adapters();
        if options.json {
            crate::output::say(&(serde_json::to_string_pretty(&json(&adapters))? + "\n"));
        } else {
            crate::output::say(&text(&adapters));
        }
        Ok(())
    }
    #[cfg(not(feature = "gpu"))]
    {
        let _ = options;
        Err(graticule::Error::NoGpuSupport.into())
    }
}

#[cfg(feature = "gpu")]
fn text(adapters: &[graticule::AdapterReport]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for adapter in adapters {
        let software = if adapter.is_software {
            ", software"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "{}\n  {} {}{software}",
            adapter.name, adapter.backend, adapter.device_type
        );
        let _ = writeln!(
            text,
            "  driver    {} {}",
            adapter.driver, adapter.driver_info
        );
        for (name, limit) in &adapter.limits {
            let _ = writeln!(text, "  {name:<36} {limit}");
        }
        let _ = writeln!(text, "  features  {}", adapter.features.join(", "));
        match &adapter.unusable {
            Some(reason) => {
                let _ = writeln!(text, "  cannot be used: {}", as_flags(reason));
            }
            None if adapter.is_default && !adapter.is_software => {
                let _ = writeln!(
                    text,
                    "  --device auto takes this one where it is thought to be faster"
                );
            }
            None if adapter.is_default => {
                let _ = writeln!(
                    text,
                    "  --device gpu takes this one; auto takes the CPU, for this is software"
                );
            }
            None => {}
        }
    }
    if adapters.is_empty() {
        text.push_str("no GPU was found; --device auto takes the CPU. On Debian, mesa-vulkan-drivers has a software one.\n");
    }
    text
}

#[cfg(feature = "gpu")]
fn json(adapters: &[graticule::AdapterReport]) -> serde_json::Value {
    let adapter = |a: &graticule::AdapterReport| {
        serde_json::json!({
            "name": a.name,
            "backend": a.backend,
            "device_type": a.device_type,
            "is_software": a.is_software,
            "driver": a.driver,
            "driver_info": a.driver_info,
            "limits": a.limits.iter().map(|(n, v)| (n.to_string(), (*v).into())).collect::<serde_json::Map<_, _>>(),
            "features": a.features,
            "unusable": a.unusable,
            "is_default": a.is_default,
        })
    };
    adapters.iter().map(adapter).collect()
}
