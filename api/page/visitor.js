// Before a page about one user is shown: finds out whose it is, and where the visitor may not see it says what to do instead.
const main = document.querySelector('main');
/** Until a browser has surely begun to save a file. */
const keptMs = 60_000;

/** Whether anyone may act as anyone here; a session that has ended elsewhere is forgotten on the way. */
async function isDemoHere() {
  const response = await fetch(signedIn() ? '/api/auth/me' : '/api/auth/jwks.json');
  return response.headers.get('demo-mode') !== null;
}

function linkTo(address, text) {
  const link = document.createElement('a');
  link.href = address;
  link.textContent = text;
  return link;
}

/** In place of everything, buttons too: nothing of it would work. */
function tellInstead(...said) {
  const notice = document.createElement('p');
  notice.id = 'notice';
  notice.append(...said);
  main.replaceChildren(notice);
}

/** The page that the visitor came from, without whose it was: after logging in it is their own. */
const loginAddress = () => `/account?${new URLSearchParams({ back: location.pathname })}`;

/** For a page that needs an account, of whomever: shows it, or where to log in. */
export async function isLetIn(what) {
  // A page whose server cannot be reached is shown: it says so itself, and tries again.
  const isDemo = await isDemoHere().catch(() => true);
  const isIn = isDemo || Boolean(signedIn());
  if (!isIn) tellInstead(linkTo(loginAddress(), 'Log in'), ` to see ${what}.`);
  main.hidden = false;
  return { isDemo, isIn };
}

/**
 * Whose page it is, what they are called, and whether others' could be asked for too. Never resolves where the visitor cannot see it, so that the page's script ends there.
 * @param what the page shows, in a word
 * @param demoUser whose it is in demo mode unless somebody is named or logged in
 */
export async function visitorOf(what, demoUser) {
  const { isDemo, isIn } = await isLetIn(`your ${what}`);
  const named = new URLSearchParams(location.search).get('userId');
  const own = signedIn()?.user_id;
  if (isIn && own && named && named !== own) {
    const told = `This is the ${what} of ${named}. You are logged in as ${signedIn().username ?? own}, and everyone sees only their own: `;
    tellInstead(told, linkTo(location.pathname, `your ${what}`), '.');
  } else if (isIn) {
    if (named && !own) keepNamed(named);
    const user = own ?? named ?? demoUser;
    return { user, name: signedIn()?.username ?? user, isDemo: isDemo && !own };
  }
  return new Promise(() => {});
}

/** A link carries no token: where one is needed, what it leads to is fetched with it and kept as a file. */
async function saveFrom(link) {
  const response = await fetch(link.href);
  if (!response.ok) throw new Error((await response.json()).detail);
  const file = linkTo(URL.createObjectURL(await response.blob()), '');
  file.download = link.dataset.file;
  file.click();
  setTimeout(() => URL.revokeObjectURL(file.href), keptMs);
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-file]');
  if (!link || !signedIn()) return;
  event.preventDefault();
  saveFrom(link).catch((error) => {
    document.getElementById('state').textContent = error.message;
  });
});

/** In demo mode one stays who one has said to be, from page to page. */
function keepNamed(userId) {
  for (const link of document.querySelectorAll('nav [data-own]'))
    link.href = `${link.getAttribute('href')}?${new URLSearchParams({ userId })}`;
}
