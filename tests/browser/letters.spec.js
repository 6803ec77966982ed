// What goes by letter: a forgotten password, an address to verify, an address to change (A2, W1, W3).
import { fillSignIn, signIn, signUp } from "./actions.js";
import { expect, somebody, test } from "./fixtures.js";
import { mailedLink } from "./mailbox.js";

/** Asks for a new password where the page is. */
async function askForLink(page, email) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await expect(page.getByRole("heading", { name: "Look in your mailbox" })).toBeFocused();
}

/** Sets the password where the link in a letter has led. */
async function choosePassword(page, password) {
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Save the new password" }).click();
}

test.describe("a forgotten password", () => {
  test.use({ expectedStatuses: [400, 401] });

  test("w1: is replaced through the letter, whose link works once", async ({ page, stranger, server }) => {
    const ada = await signUp(stranger);
    const renewed = { ...ada, password: `${ada.password}, renewed` };
    await page.goto("/sign-in");
    await fillSignIn(page, { ...ada, password: "what was it" });
    await expect(page.getByText("E-mail and password do not match an account.")).toBeVisible();
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await expect(page).toHaveURL("/forgot");
    await expect(page.getByLabel("E-mail")).toHaveValue(ada.email);
    await page.getByRole("button", { name: "Send me a link" }).click();
    await expect(page.getByText(`If there is an account with ${ada.email}, a letter`)).toBeVisible();

    const link = await mailedLink(server, ada.email);
    await page.goto(link);
    await expect(page).toHaveURL(/\/reset\?token=/);
    await choosePassword(page, "short");
    await expect(page.getByLabel("New password")).toHaveAccessibleDescription(/^Use at least 8 characters\./);
    await page.getByLabel("New password").fill(renewed.password);
    await page.getByRole("button", { name: "Show password" }).click();
    await expect(page.getByLabel("New password")).toHaveValue(renewed.password);
    await page.getByRole("button", { name: "Save the new password" }).click();
    await expect(page.getByRole("heading", { name: "Your password is changed" })).toBeFocused();

    await page.getByRole("link", { name: "Sign in" }).click();
    await fillSignIn(page, ada);
    await expect(page.getByText("E-mail and password do not match an account.")).toBeVisible();
    await fillSignIn(page, renewed);
    await expect(page.getByRole("heading", { name: "Tasks" })).toBeVisible();

    await stranger.goto(link);
    await expect(stranger.getByRole("heading", { name: "This link no longer works" })).toBeVisible();
    await stranger.getByRole("link", { name: "Ask for a new link" }).click();
    await expect(stranger.getByRole("heading", { name: "Forgot your password?" })).toBeVisible();
  });

  test("a2: the answer is the same for an address without an account", async ({ page, stranger }) => {
    const ada = await signUp(stranger);
    const said = [];
    for (const email of [ada.email, "nobody@example.com"]) {
      await page.goto("/forgot");
      await askForLink(page, email);
      said.push((await page.getByRole("main").innerText()).replaceAll(email, "somebody"));
    }
    expect(said[0]).toBe(said[1]);
  });

  test("w3: a link that was used in another tab says so", async ({ page, stranger, context, server }) => {
    const ada = await signUp(stranger);
    await page.goto("/forgot");
    await askForLink(page, ada.email);
    const link = await mailedLink(server, ada.email);
    const tab = await context.newPage();
    await page.goto(link);
    await tab.goto(link);
    await choosePassword(page, "several unrelated words");
    await expect(page.getByRole("heading", { name: "Your password is changed" })).toBeVisible();
    await choosePassword(tab, "several other words");
    await expect(tab.getByRole("heading", { name: "This link no longer works" })).toBeFocused();
  });

  test("w3: without an account in mind, /reset leads on", async ({ page }) => {
    for (const path of ["/reset", "/reset?error=INVALID_TOKEN"]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeVisible();
      await expect(page.getByRole("link", { name: "Ask for a new link" })).toBeVisible();
    }
  });

  test("w3: on a developer's machine, the page leads to the letter and the letter to the page", async ({ page, stranger }) => {
    const ada = await signUp(stranger);
    await page.goto("/forgot");
    await askForLink(page, ada.email);
    await page.getByRole("link", { name: "Read them" }).click();
    await expect(page).toHaveURL("/dev/mail");
    const letter = page.getByRole("article").filter({ hasText: ada.email });
    await expect(letter.getByRole("heading")).toHaveText("A new password for Tessera");
    await letter.getByRole("link").click();
    await expect(page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();
  });
});

test.describe("a server that sends no mail", () => {
  test.use({ settings: { TESSERA_DEV_MAILBOX: "off" }, expectedStatuses: [400] });

  test("w3: says so, and what was typed stays", async ({ page, stranger }) => {
    const ada = await signUp(stranger);
    await page.goto("/forgot");
    await page.getByLabel("E-mail").fill(ada.email);
    await page.getByRole("button", { name: "Send me a link" }).click();
    await expect(page.getByRole("alert").getByText("This server cannot send mail")).toBeVisible();
    await expect(page.getByLabel("E-mail")).toHaveValue(ada.email);

    await signIn(page, ada);
    await page.goto("/account");
    await page.getByRole("button", { name: "Send a verification link" }).click();
    await expect(page.getByRole("alert").getByText("This server cannot send mail")).toBeVisible();
  });
});

test.describe("an address that has to be verified", () => {
  test.use({ settings: { TESSERA_REQUIRE_EMAIL_VERIFICATION: "on" }, expectedStatuses: [401, 403] });

  test("w1: the letter after sign-up opens the door, and can be had again", async ({ page, server }) => {
    const ada = somebody();
    await page.goto("/sign-up");
    await page.getByLabel("Name").fill(ada.name);
    await page.getByLabel("E-mail").fill(ada.email);
    await page.getByLabel("Password", { exact: true }).fill(ada.password);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByRole("heading", { name: "One more step" })).toBeFocused();
    await mailedLink(server, ada.email);

    await page.getByRole("link", { name: "sign in", exact: true }).click();
    await expect(page.getByLabel("E-mail")).toHaveValue(ada.email);
    await fillSignIn(page, ada);
    await expect(page.getByText("This address is not verified yet.")).toBeVisible();
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue(ada.password);
    await page.getByRole("button", { name: "Send a verification link" }).click();
    await expect(page.getByRole("status").getByText("a letter with a link is on its way")).toBeVisible();

    const link = await mailedLink(server, ada.email, 2);
    for (let times = 0; times < 2; times += 1) {
      await page.goto(link);
      await expect(page.getByRole("heading", { name: "Your address is verified" })).toBeVisible();
    }
    await page.getByRole("link", { name: "Sign in" }).click();
    await fillSignIn(page, ada);
    await expect(page.getByRole("heading", { name: "Tasks" })).toBeVisible();
  });

  test("w3: a link that does not work leads to a new one, also from the front page", async ({ page, server }) => {
    const broken = new URLSearchParams({ token: "no.such.token", callbackURL: "/verify?after=verification" });
    await page.goto(`${server.url}/api/auth/verify-email?${broken}`);
    await expect(page).toHaveURL("/verify?after=verification&error=INVALID_TOKEN");
    await expect(page.getByRole("heading", { name: "This link does not work" })).toBeVisible();
    await page.getByRole("button", { name: "Send a verification link" }).click();
    await expect(page.getByText("Enter your e-mail address.")).toBeVisible();
    await page.getByLabel("E-mail").fill("nobody@example.com");
    await page.getByRole("button", { name: "Send a verification link" }).click();
    await expect(page.getByText("If nobody@example.com still has to be verified")).toBeVisible();

    await page.goto("/?error=TOKEN_EXPIRED");
    await expect(page.getByRole("heading", { name: "This link does not work" })).toBeVisible();
    await page.goto("/verify");
    await expect(page.getByRole("heading", { name: "Verify your address" })).toBeVisible();
  });
});

test.describe("another address", () => {
  test.use({ settings: { TESSERA_CHANGE_EMAIL: "on" }, expectedStatuses: [401] });

  /** Fills the form on the account page and sends it. */
  async function changeAddress(page, email) {
    await page.getByLabel("New address").fill(email);
    await page.getByRole("button", { name: "Change address" }).click();
  }

  test("w1: is there once the link in the letter to it is followed", async ({ page, stranger, server }) => {
    const ada = await signUp(page);
    const bob = await signUp(stranger, somebody("Bob"));
    const moved = somebody();
    await page.goto("/account");
    await changeAddress(page, ada.email.toUpperCase());
    await expect(page.getByLabel("New address")).toHaveAccessibleDescription("This is your address already.");
    for (const email of [bob.email, moved.email]) {
      await changeAddress(page, email);
      await expect(page.getByText(`A letter is on its way to ${email}, if that address is free.`)).toBeVisible();
    }

    const link = await mailedLink(server, moved.email);
    await page.goto(link);
    await expect(page.getByText(`The address of your account is ${moved.email}.`)).toBeVisible();
    await page.goto(link);
    await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeVisible();
    await page.getByRole("link", { name: "Go to your account" }).click();
    await expect(page.getByText(moved.email)).toBeVisible();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await signIn(page, { ...ada, email: moved.email });
  });

  test("w3: a link for another account says whose is signed in", async ({ page, stranger, server }) => {
    await signUp(page);
    const bob = await signUp(stranger, somebody("Bob"));
    const moved = somebody();
    await page.goto("/account");
    await changeAddress(page, moved.email);
    await stranger.goto(await mailedLink(server, moved.email));
    await expect(stranger.getByRole("heading", { name: "This link is for another account" })).toBeFocused();
    await expect(stranger.getByText(`You are signed in as ${bob.email}.`)).toBeVisible();
  });

  test("w1: of somebody verified takes a letter to the old one and one to the new", async ({ page, server }) => {
    const ada = await signUp(page);
    const moved = somebody();
    await page.goto("/account");
    await expect(page.getByText("not verified yet")).toBeVisible();
    await page.getByRole("button", { name: "Send a verification link" }).click();
    await page.goto(await mailedLink(server, ada.email));
    await expect(page.getByRole("heading", { name: "Your address is verified" })).toBeVisible();

    await page.goto("/account");
    await expect(page.getByText(ada.email)).toBeVisible();
    await expect(page.getByText("not verified yet")).toHaveCount(0);
    await changeAddress(page, moved.email);
    await expect(page.getByText(`A letter is on its way to ${ada.email}.`)).toBeVisible();
    await page.goto(await mailedLink(server, ada.email, 2));
    await expect(page.getByText(`The address of your account is ${ada.email}.`)).toBeVisible();
    await page.goto(await mailedLink(server, moved.email));
    await expect(page.getByText(`The address of your account is ${moved.email}.`)).toBeVisible();
  });
});

test.describe("where the operator does not want it", () => {
  test.use({ expectedStatuses: [400] });

  test("w3: changing the address explains itself, and what was typed stays", async ({ page }) => {
    await signUp(page);
    await page.goto("/account");
    await page.getByLabel("New address").fill("another@example.com");
    await page.getByRole("button", { name: "Change address" }).click();
    await expect(page.getByText("On this server, addresses cannot be changed.")).toBeVisible();
    await expect(page.getByLabel("New address")).toHaveValue("another@example.com");
  });
});
