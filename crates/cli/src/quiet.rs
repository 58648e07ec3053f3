//! What drivers say on stderr, which nobody asked for.

/// Mesa's layer that chooses a device asks the desktop which one shows it, and where there is no desktop a library of that says so
/// twice for each question. Here devices are chosen by what they are, so the layer is left out, unless it is to be heard or
/// there is a desktop. What goes wrong with a device is told by wgpu.
#[cfg(target_os = "linux")]
pub(crate) fn layers() {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_desktop = std::env::var_os("XDG_RUNTIME_DIR")
        .is_some_and(|folder| std::path::Path::new(&folder).is_absolute());
    if has_desktop || is_set("MESA_VK_DEVICE_SELECT") || is_set("DRI_PRIME") {
        return;
    }
    // SAFETY: the first thing that the process does; no other thread reads the environment.
    unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn layers() {}
