// Is the page on the device that should scan it?
//
// A code on a phone cannot be scanned by that phone, and WeChat refuses to read it from an album or
// by a long press. So a shop that can do otherwise (JSAPI in WeChat, H5 beside it) is told, and a
// shopper is told the truth.

/** A hand-held screen in CSS pixels along its shorter side; tablets begin at 600. */
const PHONE_PX = 600;

/** "wechat" in WeChat on a phone, "browser" in another browser on a phone, null elsewhere. */
export function phone() {
  const agent = navigator.userAgent;
  // WeChat for desktops names itself too. Its code is on another screen than the camera.
  const isDesktop = /(Windows|Mac|Linux)Wechat/i.test(agent);
  if (/MicroMessenger/i.test(agent) && !isDesktop) return "wechat";
  const isTouched = matchMedia("(pointer: coarse) and (hover: none)").matches;
  return isTouched && Math.min(screen.width, screen.height) < PHONE_PX ? "browser" : null;
}
