//! The sound of an alert: in one tab, however many of them hear of it.

/// Two soft tones, unless another tab of this browser has just made them.
pub fn chime() {
    #[cfg(feature = "hydrate")]
    if at::alone(at::tones).is_none() {
        at::tones();
    }
}

#[cfg(feature = "hydrate")]
mod at {
    use js_sys::{Function, Promise, Reflect};
    use std::cell::Cell;
    use std::time::Duration;
    use wasm_bindgen::closure::Closure;
    use wasm_bindgen::{JsCast, JsValue};

    /// So long the other tabs are silent. A tab in the background may hear a second later.
    const HELD: Duration = Duration::from_secs(3);

    thread_local! {
        static HOLDS: Cell<bool> = const { Cell::new(false) };
    }

    pub fn tones() {
        let _ = sound();
    }

    /// Does it unless another tab holds the lock that this one asks for
    /// (<https://developer.mozilla.org/docs/Web/API/Web_Locks_API>). `None` where the tab is not to ask: browsers have no
    /// locks without HTTPS, and let no tab sound that nobody has clicked or typed in: it must not silence one that can.
    pub fn alone(run: fn()) -> Option<()> {
        let navigator = JsValue::from(web_sys::window()?.navigator());
        let of = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok().filter(JsValue::is_truthy);
        of(&of(&navigator, "userActivation")?, "hasBeenActive")?;
        let locks = of(&navigator, "locks")?;
        let request: Function = of(&locks, "request")?.unchecked_into();
        if HOLDS.get() {
            return None;
        }
        let options = js_sys::Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &true.into()).ok()?;
        let asked = Closure::once_into_js(move |lock: JsValue| {
            if lock.is_null() {
                return JsValue::UNDEFINED;
            }
            HOLDS.set(true);
            run();
            let mut ends = |resolve: Function, _| {
                let end = move || {
                    HOLDS.set(false);
                    let _ = resolve.call0(&JsValue::NULL);
                };
                leptos::prelude::set_timeout(end, HELD);
            };
            Promise::new(&mut ends).into()
        });
        request.call3(&locks, &"baton-chime".into(), &options, &asked).ok().map(drop)
    }

    fn sound() -> Result<(), JsValue> {
        let audio = web_sys::AudioContext::new()?;
        for (start, pitch) in [(0.0, 660.0), (0.16, 880.0)] {
            let (tone, volume) = (audio.create_oscillator()?, audio.create_gain()?);
            tone.frequency().set_value(pitch);
            let now = audio.current_time() + start;
            volume.gain().set_value_at_time(0.08, now)?;
            volume.gain().exponential_ramp_to_value_at_time(0.001, now + 0.3)?;
            tone.connect_with_audio_node(&volume)?;
            volume.connect_with_audio_node(&audio.destination())?;
            tone.start_with_when(now)?;
            tone.stop_with_when(now + 0.32)?;
        }
        Ok(())
    }
}
